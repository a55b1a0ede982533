// Редактор программ: CodeMirror 6. Этот файл собирает esbuild (см. Makefile): страница берёт готовый.

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { HighlightStyle, bracketMatching, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import {
  EditorView,
  drawSelection,
  highlightActiveLine,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

// Цвета — те же, что у программ на страницах: их назначает тема.
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword], color: "var(--md-code-hl-keyword-color)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--md-code-hl-string-color)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--md-code-hl-number-color)" },
  { tag: tags.comment, color: "var(--md-code-hl-comment-color)" },
  { tag: tags.function(tags.definition(tags.variableName)), color: "var(--md-code-hl-function-color)" },
  { tag: tags.className, color: "var(--md-code-hl-function-color)" },
  { tag: [tags.self, tags.standard(tags.name)], color: "var(--md-code-hl-name-color)" },
]);

const look = EditorView.theme({
  "&": {
    color: "var(--md-code-fg-color)",
    backgroundColor: "var(--md-code-bg-color)",
    fontSize: "0.65rem",
    maxHeight: "var(--run-editor-height, 20rem)",
  },
  ".cm-scroller": { overflow: "auto" },
  "&.cm-focused": { outline: "none" },
  ".cm-content": { fontFamily: "var(--md-code-font-family)", caretColor: "currentColor" },
  ".cm-cursor": { borderLeftColor: "currentColor" },
  ".cm-gutters": {
    color: "var(--md-default-fg-color--light)",
    backgroundColor: "transparent",
    border: "none",
  },
  ".cm-activeLine": { backgroundColor: "var(--md-code-hl-color--light)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--md-code-hl-color) !important",
  },
});

/** Редактор внутри parent: { text, setText(text), focus(), remove() }; changed зовут с каждой правкой. */
export function openEditor(parent, { text, name, changed }) {
  // В теневом дереве стили редактора встают листом, а не <style>: так их пускает
  // Content-Security-Policy.
  const root = parent.attachShadow({ mode: "open" });
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        bracketMatching(),
        highlightActiveLine(),
        indentUnit.of("    "),
        python(),
        syntaxHighlighting(colours),
        look,
        // Tab остаётся клавишей перехода, пока не нажат Escape: редактор не ловушка для клавиатуры.
        keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
        EditorView.contentAttributes.of({ "aria-label": name, tabindex: "0", spellcheck: "false" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) changed(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    get text() {
      return view.state.doc.toString();
    },
    setText(value) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } });
    },
    focus() {
      view.focus();
    },
    remove() {
      view.destroy();
    },
  };
}
