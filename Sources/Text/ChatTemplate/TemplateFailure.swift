/// Why a template could not be read or run, with its line; becomes a `ChatTemplateError` where the template's name is known.
struct TemplateFailure: Error {
  enum Kind {
    /// The template called `raise_exception`.
    case refused
    /// Broken, or more than is interpreted here.
    case beyond
    /// It has used up what a rendering may.
    case exhausted
  }

  var line: Int
  var reason: String
  var kind = Kind.beyond
}
