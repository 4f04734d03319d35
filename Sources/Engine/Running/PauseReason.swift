/// Why a run is paused, where it was not a person's wish (then there is no reason).
enum PauseReason {
  static let saved = "saved when lorascope was left"
  static let interrupted = "interrupted"
}
