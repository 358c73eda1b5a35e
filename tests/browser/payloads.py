"""Sixty texts that run a script where they are taken for markup, and what a page may hold.

Each calls `xss()`, or makes an element or attribute whose name has MARK in it, or both.
"""

from __future__ import annotations

import os

MARK = "zzq"

_ALL = (
    # Elements and event handlers.
    "<script>xss()</script>",
    "<script src=//zzq.invalid/x.js></script>",
    "</script><script>xss()</script>",
    "</title><script>xss()</script>",
    "</textarea><script>xss()</script>",
    "</option></select><img src=x onerror=xss()>",
    "<ScRiPt>xss()</sCrIpT>",
    "<scr<script>ipt>xss()</scr</script>ipt>",
    "<img src=x onerror=xss()>",
    "<img src=x onerror='xss()' zzq=1>",
    "<body onload=xss()>",
    "<input autofocus onfocus=xss()>",
    "<details open ontoggle=xss()>",
    "<video><source onerror=xss()></video>",
    "<audio src=x onerror=xss()>",
    "<marquee onstart=xss()>",
    "<iframe srcdoc='<script>parent.xss()</script>'></iframe>",
    "<iframe src=javascript:parent.xss()></iframe>",
    "<object data=data:text/html,<script>xss()</script>></object>",
    "<embed src=javascript:xss()>",
    "<zzq-element zzq-attribute=1>zzq</zzq-element>",
    "<base target=zzq>",
    "<meta http-equiv=refresh content='0;url=javascript:xss()'>",
    "<link rel=stylesheet href=//zzq.invalid/x.css>",
    "<form action=javascript:xss()><button>zzq</button></form>",
    "<a href=javascript:xss() autofocus onfocus=xss()>zzq</a>",
    # Out of an attribute.
    '" autofocus onfocus=xss() zzq="',
    "' autofocus onfocus=xss() zzq='",
    '"><img src=x onerror=xss()>',
    "'><img src=x onerror=xss()>",
    '" style="animation-name:zzq" onanimationstart="xss()',
    "` onerror=xss() zzq=`",
    'x" formaction=javascript:xss() zzq="',
    # Addresses.
    "javascript:xss()//zzq",
    "JaVaScRiPt:xss()//zzq",
    "java\tscript:xss()//zzq",
    "data:text/html,<script>xss()</script>",
    "data:text/html;base64,PHNjcmlwdD54c3MoKTwvc2NyaXB0Pg==",
    "vbscript:xss()//zzq",
    "[zzq](javascript:xss())",
    "//zzq.invalid/x",
    # SVG and MathML.
    "<svg onload=xss()>",
    "<svg><script>xss()</script></svg>",
    "<svg><animate onbegin=xss() attributeName=x dur=1s>",
    "<svg><a xlink:href=javascript:xss()><text>zzq</text></a></svg>",
    "<math><mtext><img src=x onerror=xss()></mtext></math>",
    # What is parsed twice: harmless at first, alive after it was written back.
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror=xss()>'>",
    "<svg></p><style><a id='</style><img src=x onerror=xss()>'>",
    "<noscript><p title='</noscript><img src=x onerror=xss()>'>",
    "<!--<img src='--><img src=x onerror=xss()>'>",
    "<template><script>xss()</script></template><zzq>",
    # Entities.
    "&lt;script&gt;xss()&lt;/script&gt;",
    "&#60;img src=x onerror=xss()&#62;",
    "&quot; onfocus=xss() zzq=&quot;",
    # Templates and styles.
    "{{ 7 * 191 }}{{ zzq }}",
    "{% for zzq in page.desk %}{{ zzq }}{% endfor %}",
    "${xss()}#{xss()}<%= xss() %>",
    "{{constructor.constructor('xss()')()}}",
    "<style>@import'//zzq.invalid/';*{background:url(javascript:xss())}</style>",
    "expression(xss());}</style><script>xss()</script>",
)
# All of them take many minutes: `make faults` does that, each commit tries every tenth.
PAYLOADS = _ALL if os.environ.get("NUANXIN_TEST_ALL_WAYS") else _ALL[::10]

# What hides or turns round what stands beside it; none of it may reach a page.
HIDDEN = "\u202e\u2066\u200b\u200d\ufeff\u061c\x00\x07"
DISGUISED = f"前{HIDDEN[:3]}<b zzq=1>{HIDDEN[3:]}后"
UNDISGUISED = "前<b zzq=1>后"

# Run in every page before anything else: what a payload would do is remembered.
CANARY = """
window.faults = [];
window.xss = () => window.faults.push("a script ran");
for (const name of ["alert", "confirm", "prompt"]) window[name] = window.xss;
document.addEventListener("securitypolicyviolation", (event) =>
  window.faults.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""

# Elements, attributes and addresses that a page has and our templates do not know; what ran.
LOOK = """
() => {
  const faults = [...window.faults];
  const tags = new Set((
    "html head meta title link script body a p header form label input img span nav " +
    "h1 h2 h3 ul ol li main section div table caption thead tbody tr th td small " +
    "strong b br hr button select optgroup option textarea details summary dl dt dd " +
    "footer fieldset legend figure figcaption svg path circle rect line polyline g text use " +
    "symbol pre code i em u s progress datalist time article blockquote video"
  ).split(" "));
  const told = new RegExp("^(class|id|name|for|type|value|href|src|rel|lang|charset|content" +
    "|action|method|aria-[a-z]+" +
    "|data-(act|label|sieve|live|live-into|poll|poll-seconds|theme|sent|print|close|code" +
    "|decoder|event|in|keep-end|marks|now|number|numbers|open|phrases|phrases-into|renew" +
    "|renew-seconds|seat|state|sync|said-[a-z]+|word-[a-z]+)" +
    "|role|title|alt|width|height|tabindex|placeholder|autocomplete|maxlength|rows" +
    "|required|checked|selected|open|hidden|scope|enctype|accept|inputmode|enterkeyhint|max" +
    "|autofocus|defer|viewBox|fill|stroke|d|x|y|x1|x2|y1|y2|cx|cy|r|rx|points|transform" +
    "|preserveAspectRatio|text-anchor|focusable|stroke-[a-z]+|colspan|label|disabled|list" +
    "|min|minlength|step|pattern|multiple|download|loading|media|datetime|playsinline" +
    "|muted|start" +
    "|formaction|formnovalidate)$");
  for (const element of document.querySelectorAll("*")) {
    const tag = element.localName;
    if (!tags.has(tag)) faults.push(`element ${tag}`);
    if (tag === "script" && !/^\\/console\\/static\\//.test(element.getAttribute("src") || ""))
      faults.push("a script of somebody else");
    for (const { name, value } of element.attributes) {
      if (!told.test(name)) faults.push(`attribute ${tag}.${name}`);
      const leads = ["href", "src", "action", "formaction", "data-live", "data-poll",
        "data-renew", "data-sync"];
      if (leads.includes(name)
          && !/^(\\/console(\\/|$)|[?#])/.test(value))
        faults.push(`address ${tag}.${name}=${value}`);
      if (name === "autofocus" && tag !== "input") faults.push(`attribute ${tag}.${name}`);
    }
  }
  return faults;
}
"""

# Everything that a reader sees or a form holds, one line for each.
TEXTS = """
() => [document.title, document.body.textContent,
  ...[...document.querySelectorAll("input, textarea, option, a, h2")]
    .map((element) => element.value || element.textContent)].join("\\n")
"""
