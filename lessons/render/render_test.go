package render

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"shardlab/lessons"
	"shardlab/lessons/block"
)

func lesson(body string) *lessons.Lesson {
	return &lessons.Lesson{
		Slug: "first", Path: "lesson.md", Line: 10, Body: body,
		Lab: &lessons.Lab{Name: "first", Solution: []lessons.Move{{Run: "aws kinesis list-streams"}, {Wait: "5s"}}},
	}
}

var figures = map[string]string{"rate": "1,400", "evil": `<b a="1">`}

func TestProse(t *testing.T) {
	for _, test := range []struct{ name, markdown, want string }{
		{"a paragraph", "Words *here*.", "<p>Words <em>here</em>.</p>"},
		{"a heading has an id", "## What a split does", `<h2 id="what-a-split-does">What a split does</h2>`},
		{"a figure", "It is {{rate}} a second.", `<p>It is <span class="figure">1,400</span> a second.</p>`},
		{"a figure in bold", "**{{rate}}**", `<strong><span class="figure">1,400</span></strong>`},
		{"a figure in a code span", "`{{rate}}`", `<code>1,400</code>`},
		{"a figure is text", "{{evil}} `{{evil}}`", `<span class="figure">&lt;b a=&#34;1&#34;&gt;</span> <code>&lt;b a=&#34;1&#34;&gt;</code>`},
		{"a brace is a brace", "a { b } c", "<p>a { b } c</p>"},
		{"a table", "| a | b |\n| --- | ---: |\n| 1 | {{rate}} |", `<td align="right"><span class="figure">1,400</span></td>`},
		{"struck out", "~~no~~", "<del>no</del>"},
		{"a link of the course", "[next](/lessons/hot-shard)", `<a href="/lessons/hot-shard">next</a>`},
		{"a link outside", "[AWS](https://docs.aws.amazon.com/)", `<a href="https://docs.aws.amazon.com/" rel="noopener noreferrer" target="_blank">AWS</a>`},
		{"a note", "> [!NOTE]\n> Mind *this*.", "<aside class=\"alert alert-note\" role=\"note\"><p class=\"alert-title\">Note</p>\n<p>Mind <em>this</em>.</p>\n</aside>"},
		{"a note for the exam", "> [!EXAM]\n> Both.\n>\n> Two.", "<aside class=\"alert alert-exam\" role=\"note\"><p class=\"alert-title\">On the exam, and today</p>\n<p>Both.</p>\n<p>Two.</p>\n</aside>"},
		{"a quotation stays one", "> Words.", "<blockquote>\n<p>Words.</p>\n</blockquote>"},
		{"code that looks like a block", "```text\n:::quiz\n```", "<code class=\"language-text\">:::quiz\n</code>"},
		{"an entity", "a < b & c", "<p>a &lt; b &amp; c</p>"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := Lesson(lesson(test.markdown), figures)
			if err != nil {
				t.Fatal(err)
			}
			html := p.Blocks[0].HTML
			if !strings.Contains(html, test.want) {
				t.Errorf("got\n%s\nwant\n%s", html, test.want)
			}
			if !strings.HasPrefix(html, `<div class="prose">`) || !strings.HasSuffix(html, `</div>`) || strings.Count(html, "<div") != 1 {
				t.Errorf("not one root element: %s", html)
			}
		})
	}
}

func TestCode(t *testing.T) {
	for _, test := range []struct{ name, language, code, want string }{
		{"a command", "sh", "aws kinesis list-shards --stream-name trips\n", `<span class="tok-command">aws</span> kinesis list-shards <span class="tok-option">--stream-name</span> trips` + "\n"},
		{"a pipe", "sh", "ls | wc -l\n", `<span class="tok-command">ls</span> <span class="tok-operator">|</span> <span class="tok-command">wc</span> <span class="tok-option">-l</span>` + "\n"},
		{"a comment", "sh", "ls # all\n", `<span class="tok-command">ls</span> <span class="tok-comment"># all</span>` + "\n"},
		{"no comment inside a word", "sh", "echo a#b\n", `<span class="tok-command">echo</span> a#b` + "\n"},
		{"a command in a string", "sh", `--data "$(base64 <<< 'a')" -x`, `<span class="tok-option">--data</span> <span class="tok-string">&#34;</span><span class="tok-operator">$(</span><span class="tok-command">base64</span> <span class="tok-operator">&lt;&lt;&lt;</span> <span class="tok-string">&#39;a&#39;</span><span class="tok-operator">)</span><span class="tok-string">&#34;</span> <span class="tok-option">-x</span>`},
		{"a variable in a string", "sh", `echo "a $b"`, `<span class="tok-command">echo</span> <span class="tok-string">&#34;</span><span class="tok-string">a </span><span class="tok-variable">$b</span><span class="tok-string">&#34;</span>`},
		{"a price in a string", "sh", `echo "$ 5"`, `<span class="tok-command">echo</span> <span class="tok-string">&#34;</span><span class="tok-string">$</span><span class="tok-string"> 5</span><span class="tok-string">&#34;</span>`},
		{"a loop", "sh", "for s in 0 1; do\n  ls $s\ndone\n", `<span class="tok-keyword">for</span> s <span class="tok-keyword">in</span> <span class="tok-number">0</span> <span class="tok-number">1</span><span class="tok-operator">;</span> <span class="tok-keyword">do</span>` + "\n  " + `<span class="tok-command">ls</span> <span class="tok-variable">$s</span>` + "\n" + `<span class="tok-keyword">done</span>` + "\n"},
		{"an assignment", "sh", "it=$(ls)", `<span class="tok-variable">it=</span><span class="tok-operator">$(</span><span class="tok-command">ls</span><span class="tok-operator">)</span>`},
		{"an open string", "sh", `echo "a`, `<span class="tok-command">echo</span> <span class="tok-string">&#34;</span><span class="tok-string">a</span>`},
		{"a transcript", "console", "$ ls\na <b>\n", `<span class="tok-prompt">$ </span><span class="tok-command">ls</span>` + "\n" + `<span class="tok-output">a &lt;b&gt;</span>` + "\n"},
		{"json", "json", `{"a": [1, true, "b"]}`, `<span class="tok-operator">{</span><span class="tok-key">&#34;a&#34;</span><span class="tok-operator">:</span> <span class="tok-operator">[</span><span class="tok-number">1</span><span class="tok-operator">,</span> <span class="tok-constant">true</span><span class="tok-operator">,</span> <span class="tok-string">&#34;b&#34;</span><span class="tok-operator">]</span><span class="tok-operator">}</span>`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var b strings.Builder
			writeCode(&b, test.language, test.code)
			want := `<pre class="code" tabindex="0"><code class="language-` + test.language + `">` + test.want + "</code></pre>\n"
			if b.String() != want {
				t.Errorf("got\n%s\nwant\n%s", b.String(), want)
			}
		})
	}
}

// Whatever a code block holds, markup adds tags and changes no letter.
func FuzzCode(f *testing.F) {
	for _, s := range []string{"ls | wc", `"$(a "b" 'c')"`, "a=${b} #c", "$((1))", "<<<", "\\\n", `{"a":1}`, "é\x00"} {
		f.Add(s)
	}
	tags := regexp.MustCompile(`<[^>]*>`)
	f.Fuzz(func(t *testing.T, code string) {
		if len(code) > 500 {
			return // longer than any code block, and no other case
		}
		for _, language := range []string{"sh", "console", "json", "text"} {
			var b, plain strings.Builder
			writeCode(&b, language, code)
			writeCode(&plain, "text", code)
			if got, want := tags.ReplaceAllString(b.String(), ""), tags.ReplaceAllString(plain.String(), ""); got != want && strings.ToValidUTF8(code, "") == code {
				t.Errorf("%s: got %q, want %q", language, got, want)
			}
		}
	})
}

const blocks = `Before.

:::predict{#first asks=P2,SH1}
How *many*?

( ) None
: Because of
  two lines.
(x) {{rate}}
: Right.
:::

:::run{#go until=write-refused,caught-up at=1m} Run to the refusal
What did you see?
:::

Between.

:::try{fails=ValidationException}
aws kinesis list-shards \
  --stream-name {{rate}}
: Look at the *ranges*.
:::

:::task
Do it.

hint: One.
hint: Two
  goes on.
hint: Three.
solution: So.
:::

:::quiz{#which asks=P2}
Which two?

[x] A
: Yes.
[ ] B
: No.
[x] C
: Yes.
:::
`

func TestBlocks(t *testing.T) {
	p, err := Lesson(lesson(blocks), figures)
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(p.Blocks, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	div := func(s string) string { return `<div class="prose">` + s + `</div>` }
	want := []block.Block{
		{ID: "text-1", Kind: "prose", HTML: div("<p>Before.</p>\n")},
		{ID: "first", Kind: "predict", Predict: &block.Question{HTML: div("<p>How <em>many</em>?</p>\n"), Asks: []string{"P2", "SH1"}, Options: []block.Option{
			{HTML: `<span class="prose">None</span>`, Because: div("<p>Because of\ntwo lines.</p>\n")},
			{HTML: `<span class="prose"><span class="figure">1,400</span></span>`, Right: true, Because: div("<p>Right.</p>\n")},
		}}},
		{ID: "go", Kind: "run", Run: &block.RunTo{Label: "Run to the refusal", Kinds: []string{"write-refused", "caught-up"}, At: 60_000_000, HTML: div("<p>What did you see?</p>\n")}},
		{ID: "text-2", Kind: "prose", HTML: div("<p>Between.</p>\n")},
		{ID: "try", Kind: "try", Try: &block.TryLine{Line: "aws kinesis list-shards \\\n  --stream-name 1,400", HTML: div("<p>Look at the <em>ranges</em>.</p>\n")}},
		{ID: "task", Kind: "task", Task: &block.TaskCard{HTML: div("<p>Do it.</p>\n"), Hints: []string{div("<p>One.</p>\n"), div("<p>Two\ngoes on.</p>\n"), div("<p>Three.</p>\n")}, Solution: div("<p>So.</p>\n"), Lines: []string{"aws kinesis list-streams"}}},
		{ID: "which", Kind: "quiz", Quiz: &block.Question{HTML: div("<p>Which two?</p>\n"), Many: true, Asks: []string{"P2"}, Options: []block.Option{
			{HTML: `<span class="prose">A</span>`, Right: true, Because: div("<p>Yes.</p>\n")},
			{HTML: `<span class="prose">B</span>`, Because: div("<p>No.</p>\n")},
			{HTML: `<span class="prose">C</span>`, Right: true, Because: div("<p>Yes.</p>\n")},
		}}},
	}
	wanted, err := json.MarshalIndent(want, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(wanted) {
		t.Errorf("got\n%s\nwant\n%s", got, wanted)
	}
	for i, line := range []int{10, 12, 22, 26, 28, 34, 44} {
		if p.Lines[i] != line {
			t.Errorf("block %s begins on line %d, want %d", p.Blocks[i].ID, p.Lines[i], line)
		}
	}
	if len(p.Code) != 1 || p.Code[0].Fails != "ValidationException" || p.Code[0].Block != 4 || p.Code[0].Line != 29 {
		t.Errorf("the linter gets %+v", p.Code)
	}
	if !p.Used["rate"] || len(p.Used) != 1 {
		t.Errorf("the figures used are %v", p.Used)
	}
}

func TestErrors(t *testing.T) {
	const q = ":::quiz{#a asks=P2}\nWhat?\n\n(x) A\n: Yes.\n( ) B\n: No.\n:::\n"
	for _, test := range []struct{ name, markdown, want string }{
		{"no words", "\n", "lesson.md:10: the lesson has no words"},
		{"raw HTML", "Words.\n\n<div onclick=x>\n", "lesson.md:12: raw HTML is not shown"},
		{"raw HTML in a line", "a\nb <b>c</b>\n", "lesson.md:11: raw HTML is not shown"},
		{"an image", "![a](/b.png)", "lesson.md:10: a lesson has no images"},
		{"a script as a link", "[a](javascript:alert)", `lesson.md:10: the link to "javascript:alert" is not safe`},
		{"another host without a scheme", "[a](//evil.example)", "is not safe"},
		{"a link to no heading", "## One\n\n[a](#two)", "lesson.md:12: there is no heading #two on this page: its headings are one"},
		{"a bare link", "<https://a.example>", "write a link with words"},
		{"a first-level heading", "# One", "begin with ## here"},
		{"a figure that is not there", "Words.\n\nIt is {{rates}}.", "lesson.md:12: there is no figure {{rates}}: add it to `figures` in lab.yaml, or use one of: evil, rate"},
		{"the same in a code span", "`{{rates}}`", "there is no figure {{rates}}"},
		{"the same in a console line", ":::try\nls {{rates}}\n:::", "lesson.md:11: there is no figure {{rates}}"},
		{"an alert that is none", "> [!HINT]\n> a", "lesson.md:10: [!HINT] is no alert: write one of NOTE"},
		{"a code block without a language", "```\na\n```", "a code block names its language"},
		{"a code block with an unknown word", "```sh norun\na\n```", `"norun" is not known`},
		{"a block that is none", ":::quizz\n:::", "lesson.md:10: :::quizz is no block: write one of :::predict"},
		{"a block that does not open", "::: quiz\n:::", "lesson.md:10: a block opens with its kind"},
		{"a block without an end", "a\n\n:::quiz{#a}\nb\n", "lesson.md:12: this :::quiz block does not end"},
		{"a block in a list", "- :::task\n  :::\n", "a ::: block stands on its own"},
		{"a block in a block", ":::task\nDo.\n\nhint: a\nsolution: b\n\n:::quiz{#a}\n:::\n", "a ::: block cannot stand inside another one"},
		{"an attribute that is none", ":::quiz{#a ask=P2}\n:::", `:::quiz has no attribute "ask": it may have #id, asks`},
		{"braces with a word", ":::quiz{a}\n:::", "between the braces stand #id and key=value"},
		{"a question without an id", ":::quiz\n:::", "a question has an id"},
		{"an id that is none", ":::quiz{#A}\n:::", "the id #A is not one"},
		{"an id twice", q + "\n" + q, "lesson.md:19: the id #a is taken by the block on line 10"},
		{"a label in the wrong place", ":::quiz{#a} What?\n:::", "only :::run has a label"},
		{"a question without a prompt", ":::quiz{#a asks=P2}\n(x) A\n: Yes.\n( ) B\n: No.\n:::", "the question is missing"},
		{"one option", ":::quiz{#a asks=P2}\nWhat?\n\n(x) A\n: Yes.\n:::", "at least two options"},
		{"no explanation", ":::quiz{#a asks=P2}\nWhat?\n\n(x) A\n( ) B\n: No.\n:::", `lesson.md:13: the option "A" lacks its explanation`},
		{"an explanation without a colon", ":::quiz{#a asks=P2}\nWhat?\n\n(x) A\nYes.\n( ) B\n: No.\n:::", "lesson.md:14: an explanation begins with a colon"},
		{"nothing is right", ":::quiz{#a asks=P2}\nWhat?\n\n( ) A\n: No.\n( ) B\n: No.\n:::", "no option is marked as right"},
		{"two are right", ":::quiz{#a asks=P2}\nWhat?\n\n(x) A\n: Yes.\n(x) B\n: Yes.\n:::", "2 options are marked as right"},
		{"mixed options", ":::quiz{#a asks=P2}\nWhat?\n\n(x) A\n: Yes.\n[ ] B\n: No.\n:::", "the options mix"},
		{"a quiz that asks nothing", ":::quiz{#a}\nWhat?\n\n(x) A\n: Yes.\n( ) B\n: No.\n:::", "a question names the statements it tests"},
		{"a statement that is none", ":::quiz{#a asks=p2}\nWhat?\n\n(x) A\n: Yes.\n( ) B\n: No.\n:::", `"p2" is no statement id`},
		{"an option of two paragraphs", ":::quiz{#a asks=P2}\nWhat?\n\n(x) # A\n: Yes.\n( ) B\n: No.\n:::", "an option is one sentence"},
		{"a task without words", ":::task\nhint: a\nsolution: b\n:::", "the task is missing"},
		{"a task without a solution", ":::task\nDo.\n\nhint: a\n:::", "the solution is missing"},
		{"two solutions", ":::task\nDo.\n\nsolution: a\nsolution: b\n:::", "lesson.md:14: the task has a second solution"},
		{"a hint after the solution", ":::task\nDo.\n\nsolution: a\nhint: b\n:::", "a hint comes before the solution"},
		{"an empty hint", ":::task\nDo.\n\nhint:\nsolution: b\n:::", "lesson.md:13: this hint is empty"},
		{"a try without a line", ":::try\n: Look.\n:::", "the console line is missing"},
		{"a run without a label", ":::run{at=10s}\n:::", "the button has no label"},
		{"a run without an end", ":::run Go\n:::", "the run has no end"},
		{"a run to no event", ":::run{until=refused} Go\n:::", `"refused" is no kind of event: the kinds are stream-status`},
		{"a run to no instant", ":::run{at=ten} Go\n:::", "is no instant of the lab"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Lesson(lesson(test.markdown), figures)
			if err == nil {
				t.Fatal("rendered")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("the author reads\n%v\nwant\n%s", err, test.want)
			}
		})
	}
}

// Whatever an author writes is rendered or refused with its place, and no markup of the author's own gets through.
func FuzzLesson(f *testing.F) {
	for _, s := range []string{blocks, "> [!NOTE]\n> a", ":::quiz{#a}\n(x) a\n:::", "- :::task\n", "<script>a</script>", "[a](javascript:b)", "{{rate}}", "| a |\n|---|\n| {{x}} |", "> [!\n", ":::", "![a](b)", "[a]: <b> 'c'\n[a]"} {
		f.Add(s)
	}
	markup := regexp.MustCompile(`</?([a-zA-Z0-9]+)[^>]*>`)
	allowed := map[string]bool{}
	for tag := range strings.FieldsSeq("div p span em strong del code pre a h2 h3 h4 h5 h6 ul ol li table thead tbody tr th td blockquote aside hr br") {
		allowed[tag] = true
	}
	f.Fuzz(func(t *testing.T, body string) {
		if len(body) > 2000 {
			return
		}
		p, err := Lesson(lesson(body), figures)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "lesson.md:") {
				t.Errorf("an error without its place: %v", err)
			}
			return
		}
		for _, b := range p.Blocks {
			for _, html := range texts(b) {
				for _, m := range markup.FindAllStringSubmatch(html, -1) {
					if !allowed[m[1]] || strings.Contains(strings.ToLower(m[0]), "javascript:") {
						t.Errorf("%q comes through", m[0])
					}
				}
			}
		}
	})
}
