//! What a description says, without what makes it look nice: importers and shops' people write HTML.

use html2text::{config, render::TrivialDecorator};

/// No line is longer, so none is broken: the text is searched and cut, never laid out.
const WIDTH: usize = 1_000_000;

/// The text of a description, which may be HTML. What is none comes back as it is.
pub(crate) fn said(description: &str) -> String {
    if !description.contains(['<', '&']) {
        return description.to_owned();
    }
    let read = config::with_decorator(TrivialDecorator::new()).raw_mode(true);
    let said = read.string_from_read(description.as_bytes(), WIDTH);
    // Only a width too narrow for a table is refused; then the words are worth more than the look.
    said.map_or_else(|_| description.to_owned(), |said| said.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::said;

    #[test]
    fn tags_are_not_said_and_words_stay_apart() {
        let html = "<p>Holds <strong>tea</strong> &amp; more<br>for two.</p><ul><li>blue</li><li>red</li></ul>\
                    <table><tr><td>Height</td><td>9&nbsp;cm</td></tr></table><a href=\"https://example.com\">care</a>";
        let words: Vec<_> = said(html).split_whitespace().map(str::to_owned).collect();
        let wanted = "Holds tea & more for two. blue red Height 9 cm care";
        assert_eq!(words.join(" "), wanted);
    }

    #[test]
    fn what_only_looks_like_html_is_kept() {
        for text in ["for bags < 5 l & more", "a mug", "1 < 2"] {
            assert_eq!(said(text), text);
        }
    }

    #[test]
    fn endless_nesting_is_read_in_bounded_time() {
        let deep = "<b><ul><li><table><tr><td>".repeat(2_000) + "tea";
        let start = std::time::Instant::now();
        assert!(said(&deep).contains("tea"));
        assert!(start.elapsed() < std::time::Duration::from_secs(5));
    }
}
