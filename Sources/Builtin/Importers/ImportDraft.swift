import Text

/// An example of a published data set; its picture is read when a model is to be shown it.
struct ImportDraft {
  /// The line or item of its file, from 1.
  var place: Int
  var prompt: String
  var completion: String
  var extra: [String: String] = [:]
  var image: ImageSource?
}
