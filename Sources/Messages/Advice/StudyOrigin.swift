/// Where a study's figures come from.
public enum StudyOrigin: String, Codable, Sendable {
  /// The article's figures: no results by example, so that only margins decide.
  case published
  /// Runs of this store.
  case measured
}
