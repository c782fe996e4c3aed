// The shell as one colours it: the first word of a command, words of the language, options, texts, variables and operators, as
// the code of a lesson is coloured. A here-document is read to its end.
const words = /^(?:if|then|elif|else|fi|for|in|do|done|while|until|case|esac|function|select|time)$/;

function single(stream, state) {
  while (!stream.eol()) if (stream.next() === "'") return (state.token = plain), "string";
  return "string";
}

function double(stream, state) {
  if (stream.match(/^\$(?:\{[^}]*\}|\w+|[?#@*$!])/)) return "variableName.special";
  if (stream.match("$(")) return state.stack.push(double), (state.token = plain), (state.first = true), "operator";
  while (!stream.eol()) {
    if (stream.peek() === "$") return stream.pos > stream.start && stream.match(/^\$(?=[({\w?#@*$!])/, false) ? "string" : (stream.next(), "string"); // "${x" has no end: at least a sign each time
    const c = stream.next();
    if (c === "\\") stream.next();
    if (c === '"') return (state.token = plain), "string";
  }
  return "string";
}

function plain(stream, state) {
  if (stream.sol() && state.docs.length) {
    if (stream.match(state.docs[0].test)) state.docs.shift();
    else stream.skipToEnd();
    return "string";
  }
  if (stream.eatSpace()) return null;
  if (stream.peek() === "#" && (stream.sol() || /\s/.test(stream.string[stream.pos - 1]))) return stream.skipToEnd(), "comment";
  const c = stream.peek();
  if (c === "'" || c === '"') {
    stream.next();
    state.token = c === "'" ? single : double;
    state.first = false;
    return "string";
  }
  if (stream.match(/^\$(?:\{[^}]*\}|\w+|[?#@*$!])/)) return (state.first = false), "variableName.special";
  if (stream.match(/^\$\(/) || stream.match(/^\(/)) {
    state.stack.push(plain);
    state.first = true;
    return "operator";
  }
  if (stream.match(")")) {
    state.token = state.stack.pop() || plain;
    state.first = false;
    return "operator";
  }
  const doc = stream.match(/^<<(-?)\s*(["']?)([\w.]+)\2/);
  if (doc) {
    state.docs.push({ test: new RegExp(`^${doc[1] ? "\\t*" : ""}${doc[3].replace(".", "\\.")}$`) });
    return "operator";
  }
  if (stream.match(/^(?:\|\|?|&&?|;;?|\{|\}|!)(?=\s|$|[^=\w])/) || stream.match(/^[|&;]/)) return (state.first = true), "operator";
  if (stream.match(/^\d?[<>]{1,3}&?\d?/)) return "operator";
  if (stream.match(/^\\./) || stream.match(/^\\$/)) return null;
  if (state.first && stream.match(/^\w+\+?=/)) return "variableName.special";
  const word = stream.match(/^(?:\\.|[^\s|&;<>()"'$\\])+/);
  if (!word) return stream.next(), null;
  const text = word[0];
  if (words.test(text)) {
    state.first = !/^(?:for|in|case|select|function|fi|done|esac)$/.test(text);
    return "keyword";
  }
  if (state.first) return (state.first = false), "variableName.standard";
  if (/^-{1,2}[A-Za-z]/.test(text)) return "attributeName";
  return /^\d+$/.test(text) ? "number" : null;
}

export const shell = {
  name: "shell",
  startState: () => ({ token: plain, stack: [], docs: [], first: true }),
  copyState: (s) => ({ token: s.token, stack: [...s.stack], docs: [...s.docs], first: s.first, joined: s.joined }),
  token(stream, state) {
    if (stream.sol() && state.token === plain && !state.docs.length && !state.joined) state.first = true;
    state.joined = false;
    const style = state.token(stream, state);
    if (stream.eol() && state.token === plain) state.joined = /(?:^|[^\\])\\$/.test(stream.string);
    return style;
  },
  blankLine(state) {
    state.joined = false;
  },
  languageData: { commentTokens: { line: "#" }, closeBrackets: { brackets: ["(", "[", "{", "'", '"'] } },
};
