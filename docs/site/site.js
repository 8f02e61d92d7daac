// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Starts the parts of doxygen-awesome-css, and makes search and the switch of the theme reachable by keys.
DoxygenAwesomeDarkModeToggle.init();
DoxygenAwesomeFragmentCopyButton.init();
DoxygenAwesomeParagraphLink.init();
DoxygenAwesomeInteractiveToc.init();

// "/" goes to the search field from anywhere, as in a repository's browser.
document.addEventListener('keydown', event => {
  const field = document.getElementById('MSearchField');
  if (event.key !== '/' || !field || event.target.closest('input, textarea')) return;
  event.preventDefault();
  field.focus();
});

// The switch is an element of its own kind: make a button of it, as soon as it is there.
new MutationObserver((_, observer) => {
  const toggle = document.querySelector('doxygen-awesome-dark-mode-toggle');
  if (!toggle) return;
  observer.disconnect();
  toggle.tabIndex = 0;
  toggle.setAttribute('role', 'button');
  toggle.setAttribute('aria-label', toggle.title);
  toggle.addEventListener('keydown', event => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    toggle.toggleDarkMode();
  });
}).observe(document, {childList: true, subtree: true});
