#include "report/escape.h"

#include "support/catch.h"

namespace bnexp::report {

TEST_CASE("text for HTML has no character that could begin or end anything") {
  CHECK(html_escaped("<a href=\"x\" id='y'>&amp;</a>") ==
        "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;");
}

TEST_CASE("JSON inside a script element can't end it and reads back unchanged") {
  const Json json{{"</script><!--", "\u2028 & \u2029 > \"quoted\""}};
  const std::string text = script_json(json);
  for (const char* harm : {"<", ">", "&", "\u2028", "\u2029"}) CHECK(text.find(harm) == std::string::npos);
  CHECK(Json::parse(text) == json);
}

TEST_CASE("JSON with broken UTF-8 is mended rather than thrown at the reader") {
  CHECK_NOTHROW(script_json(Json("broken \xff")));
}

TEST_CASE("a script's own text can't end its element") {
  CHECK(inline_script("const s = \"</script>\";") == "const s = \"<\\/script>\";");
}

TEST_CASE("text for Markdown stays text, on one line") {
  CHECK(markdown_escaped("a|b `c` *d* [e](f)\n<g>") == "a\\|b \\`c\\` \\*d\\* \\[e\\](f) &lt;g&gt;");
}

}  // namespace bnexp::report
