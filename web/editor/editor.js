// The editor: CodeMirror in the place of a textarea. The page's program fetches it when it has a text to edit, and makes one with
//
//   shardlabEditor(area, {language, lines, complete}) → {set, flaw, close}
//
// The textarea stays in the page, hidden, and stays what everyone speaks to: its value, selection and focus are the editor's, its
// events "input" and "keydown" tell what happens there, and its label, description and other attributes are said of the editor.
// So nobody needs to know which of the two the learner sees.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { json } from "@codemirror/lang-json";
import { sql } from "@codemirror/lang-sql";
import { bracketMatching, indentOnInput, StreamLanguage, syntaxHighlighting, syntaxTree } from "@codemirror/language";
import { yaml } from "@codemirror/legacy-modes/mode/yaml";
import { Annotation, Compartment, EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { tagHighlighter, tags } from "@lezer/highlight";
import { StyleModule } from "style-mod";
import { shell } from "./shell.js";

// CodeMirror would put its rules into a style element, which the policy of our pages forbids. Where a document has no head it
// adopts a style sheet instead: so it is shown our document without one.
const mount = StyleModule.mount.bind(StyleModule);
const headless = {
  ownerDocument: document,
  get adoptedStyleSheets() {
    return document.adoptedStyleSheets;
  },
  set adoptedStyleSheets(sheets) {
    document.adoptedStyleSheets = sheets;
  },
};
StyleModule.mount = (root, modules, options) => mount(root === document ? headless : root, modules, options);

const languages = {
  shell: () => StreamLanguage.define(shell),
  yaml: () => StreamLanguage.define(yaml),
  json,
  javascript,
  sql,
  text: () => [],
};

// The classes are those of the code in a lesson, so that both are coloured alike.
const colours = syntaxHighlighting(
  tagHighlighter([
    { tag: tags.comment, class: "tok-comment" },
    { tag: [tags.string, tags.special(tags.string), tags.regexp], class: "tok-string" },
    { tag: tags.number, class: "tok-number" },
    { tag: [tags.bool, tags.null, tags.atom], class: "tok-constant" },
    { tag: [tags.keyword, tags.typeName], class: "tok-keyword" },
    { tag: tags.standard(tags.variableName), class: "tok-command" },
    { tag: tags.attributeName, class: "tok-option" },
    { tag: [tags.propertyName, tags.definition(tags.propertyName)], class: "tok-key" },
    { tag: tags.special(tags.variableName), class: "tok-variable" },
    { tag: [tags.operator, tags.punctuation, tags.separator], class: "tok-operator" },
  ]),
);

const flawed = StateEffect.define();
const flaws = StateField.define({
  create: () => Decoration.none,
  update(marks, change) {
    marks = marks.map(change.changes);
    for (const effect of change.effects) if (effect.is(flawed)) marks = effect.value;
    return marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

// flawAt marks a line, and what stands at the column in it.
function flawAt(doc, line, column, message) {
  if (!message) return Decoration.none;
  const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
  const from = at.from + Math.min(Math.max(column - 1, 0), Math.max(at.length - 1, 0));
  const word = /^[\w-]+|^\S+|^/.exec(at.text.slice(from - at.from))[0].length || 1;
  const marks = [Decoration.line({ class: "flaw-line" }).range(at.from)];
  const to = Math.min(from + word, at.to);
  if (to > from) marks.push(Decoration.mark({ class: "flaw", attributes: { title: message } }).range(from, to));
  return Decoration.set(marks);
}

// brokenAt is where a text is first no program of its language; -1 where it is one. A language without a grammar here has none.
function brokenAt(state) {
  let at = -1;
  syntaxTree(state).iterate({ enter: (node) => (node.type.isError && at < 0 && (at = node.from), at < 0) });
  return at;
}

// ours marks a change that the program made, of which it need not be told.
const ours = Annotation.define();

const told = ["aria-label", "aria-labelledby", "aria-describedby", "aria-controls", "aria-activedescendant", "aria-autocomplete", "aria-haspopup", "aria-invalid", "aria-expanded", "aria-required"];

function attributesOf(area) {
  const all = { spellcheck: "false", autocorrect: "off", autocapitalize: "off", "aria-multiline": "true" };
  for (const name of told) if (area.hasAttribute(name)) all[name] = area.getAttribute(name);
  const label = area.labels && area.labels[0];
  if (label && label.id && !all["aria-label"]) all["aria-labelledby"] = label.id;
  if (area.disabled) all["aria-disabled"] = "true";
  else all.tabindex = "0"; // what scrolls can be reached by keyboard
  return all;
}

window.shardlabEditor = (area, { language = "text", lines = false, complete } = {}) => {
  const attributes = new Compartment();
  let theirs = null; // what the program said is wrong with the text as it stands: line, column, message
  const state = () => [
    EditorView.contentAttributes.of(attributesOf(area)),
    EditorView.editable.of(!area.disabled),
    EditorState.readOnly.of(area.disabled || area.readOnly),
    placeholder(area.placeholder || ""),
  ];
  const say = (event) => !area.dispatchEvent(event); // true when somebody prevented what would follow
  const source = async (context) => {
    const word = context.matchBefore(/[\w.-]*/);
    if (!context.explicit && (!word || word.from === word.to)) return null;
    const found = complete(context.state.doc.toString(), context.pos);
    return found && found.length ? { from: word ? word.from : context.pos, options: found, validFor: /^[\w.-]*$/ } : null;
  };
  const view = new EditorView({
    doc: area.value,
    extensions: [
      Prec.highest(
        EditorView.domEventHandlers({
          keydown(event) {
            if (complete && document.querySelector(".cm-tooltip-autocomplete") && /^(Arrow|Enter|Tab|Escape)/.test(event.key)) return false;
            event.stopPropagation(); // the textarea's own tells of it
            if (!say(new KeyboardEvent("keydown", event))) return false;
            event.preventDefault();
            return true;
          },
          blur: () => void proof(), // while somebody types, half a program is none
        }),
      ),
      lines ? lineNumbers() : [],
      history(),
      bracketMatching(),
      closeBrackets(),
      indentOnInput(),
      languages[language] ? languages[language]() : [],
      colours,
      flaws,
      complete ? autocompletion({ override: [source], icons: false }) : [],
      EditorState.tabSize.of(2),
      EditorView.lineWrapping,
      keymap.of([...closeBracketsKeymap, ...completionKeymap, ...defaultKeymap, ...historyKeymap]),
      attributes.of(state()),
      EditorView.updateListener.of((change) => {
        if (change.docChanged) theirs = null; // it was said of another text
        if (change.docChanged && !change.transactions.some((t) => t.annotation(ours))) say(new Event("input", { bubbles: true }));
      }),
    ],
  });
  const said = document.createElement("p");
  said.className = "fault";
  said.setAttribute("role", "status");
  // mark shows what is wrong: what the program says of this text, else where the text is first no program of its language.
  const mark = (line, column, message) => view.dispatch({ effects: flawed.of(flawAt(view.state.doc, line, column, message)) });
  const proof = () => {
    if (theirs) return mark(...theirs);
    if (language !== "javascript" && language !== "json") return;
    const at = brokenAt(view.state);
    const line = at < 0 ? null : view.state.doc.lineAt(at);
    said.textContent = line && text().trim() ? `Line ${line.number}, column ${at - line.from + 1}: ${language === "json" ? "JSON" : "JavaScript"} does not go on like this.` : "";
    mark(line ? line.number : 1, line ? at - line.from + 1 : 1, said.textContent);
  };
  const text = () => view.state.doc.toString();
  const within = (n) => Math.min(Math.max(n, 0), view.state.doc.length);

  // set takes a new text in by what differs, so that the caret and what lies around it stay.
  const set = (to) => {
    const was = text();
    to = String(to).replace(/\r\n?/g, "\n");
    let from = 0;
    while (from < was.length && from < to.length && was[from] === to[from]) from++;
    let end = 0;
    while (end < was.length - from && end < to.length - from && was[was.length - 1 - end] === to[to.length - 1 - end]) end++;
    if (was === to) return;
    view.dispatch({ changes: { from, to: was.length - end, insert: to.slice(from, to.length - end) }, annotations: ours.of(true) });
    proof();
  };

  const [from, to, focused] = [area.selectionStart, area.selectionEnd, document.activeElement === area];
  const host = document.createElement("div");
  host.className = "editor " + area.className;
  host.dataset.language = language;
  host.append(view.dom, said);
  area.after(host);
  area.hidden = true;
  const facade = {
    value: { get: text, set },
    selectionStart: { get: () => view.state.selection.main.from },
    selectionEnd: { get: () => view.state.selection.main.to },
    setSelectionRange: { value: (a, b) => view.dispatch({ selection: { anchor: within(a), head: within(b) }, scrollIntoView: true }) },
    focus: { value: () => view.focus() },
  };
  for (const name in facade) Object.defineProperty(area, name, { configurable: true, ...facade[name] });
  area.setSelectionRange(from, to);
  if (focused) view.focus();

  const labels = [...(area.labels || [])];
  const toEditor = () => view.focus();
  for (const label of labels) label.addEventListener("click", toEditor);
  const watch = new MutationObserver(() => {
    if (!area.hidden) area.hidden = true;
    view.dispatch({ effects: attributes.reconfigure(state()) });
  });
  watch.observe(area, { attributes: true, attributeFilter: [...told, "disabled", "readonly", "placeholder", "hidden"] });
  return {
    set,
    flaw(line, column, message) {
      theirs = message ? [line, column, message] : null;
      if (theirs) said.textContent = ""; // one word about it is enough, and theirs stands in the page
      if (theirs || !(language === "javascript" || language === "json")) mark(line, column, message);
      else proof();
    },
    close() {
      watch.disconnect();
      for (const label of labels) label.removeEventListener("click", toEditor);
      const last = text();
      for (const name in facade) delete area[name];
      area.value = last;
      area.hidden = false;
      view.destroy();
      host.remove();
    },
  };
};
