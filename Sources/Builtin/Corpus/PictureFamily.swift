/// The kinds of passages that begin with a picture.
public enum PictureFamily: String, CaseIterable, Sendable {
  /// Labelled lines of print.
  case sheets
  /// Coloured shapes in places.
  case scenes
}
