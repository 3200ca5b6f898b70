/* Selecting words in a report fills the field for the exact words. Without this, they are pasted. */
"use strict";
const text = document.querySelector("main .text");
const field = document.querySelector("[data-fill]");
if (text && field) {
  document.addEventListener("selectionchange", () => {
    const chosen = document.getSelection();
    const words = chosen.toString().trim();
    if (words && text.contains(chosen.anchorNode) && text.contains(chosen.focusNode)) {
      field.value = words;
    }
  });
}
