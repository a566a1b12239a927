#include "report/escape.h"

#include "support/catch.h"

namespace bnexp::report {

TEST_CASE("text for HTML has no character that could begin or end anything") {
  CHECK(html_escaped("<a href=\"x\" id='y'>&amp;</a>") ==
        "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;");
}

TEST_CASE("JSON inside a script element can't end it and reads back unchanged") {
  const Json json{{"</script><!--", "a & b > \"quoted\""}};
  const std::string text = script_json(json);
  for (const char* harm : {"<", ">", "&"}) CHECK(text.find(harm) == std::string::npos);
  CHECK(Json::parse(text) == json);
}

TEST_CASE(
    "control characters and bidirectional controls are shown, not obeyed, in HTML, in Markdown and in the page's "
    "data") {
  const std::string harm =
      "a\x1b[31mb\xc2\x9b"
      "c\u202ed\u2028e\nf";
  const std::string shown = "a\\x1b[31mb\\x9bc\\u202ed\\u2028e f";
  CHECK(html_escaped(harm) == shown);
  CHECK(markdown_escaped(harm) == "a\\\\x1b\\[31mb\\\\x9bc\\\\u202ed\\\\u2028e f");
  CHECK(Json::parse(script_json({{harm, Json::array({harm})}})) == Json({{shown, Json::array({shown})}}));
}

TEST_CASE("text that is not UTF-8 is shown with U+FFFD in its place") {
  CHECK(html_escaped("broken \xff") == "broken \ufffd");
  CHECK(Json::parse(script_json(Json("broken \xff"))) == "broken \ufffd");
}

TEST_CASE("a script's own text can't end its element") {
  CHECK(inline_script("const s = \"</script>\";") == "const s = \"<\\/script>\";");
}

TEST_CASE("text for Markdown stays text, on one line") {
  CHECK(markdown_escaped("a|b `c` *d* [e](f)\n<g>") == "a\\|b \\`c\\` \\*d\\* \\[e\\](f) &lt;g&gt;");
}

}  // namespace bnexp::report
