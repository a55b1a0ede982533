// Имена для тех, кто страницу слушает; Material их не даёт, и axe на это жалуется.
// Рамка каждой кнопки «Копировать» объявлена навигацией.
function nameControls() {
  for (const frame of document.querySelectorAll("nav.md-code__nav:not([role])")) {
    frame.setAttribute("role", "none");
  }
}

// Кнопки Material добавляет, когда страница уже показана.
new MutationObserver(nameControls).observe(document.querySelector("article"), {
  childList: true,
  subtree: true,
});
nameControls();
