/// A piece of a report that Markdown and HTML both render.
struct ReportSection {
  enum Block {
    case text(String)
    case list([String])
    /// The first row is the head.
    case table([[String]])
    /// A table of the program's own words, in which `**` makes bold.
    case rich([[String]])
    /// A table of published figures, set apart.
    case published([[String]])
    /// An SVG drawing with what it shows; Markdown leaves it out.
    case drawing(svg: String, caption: String)
  }

  var title: String
  /// 1 for the report's own title.
  var level = 2
  var blocks: [Block]
}
