import Messages
import Testing

@Suite struct CommandTests {
  /// What was answered with `wouldReplace` is sent again as it was, but for the one word.
  @Test func replacing() {
    let study = StudyRequest()
    let replacing: [(Command, Command?)] = [
      (.export(3, path: "/a", replace: false), .export(3, path: "/a", replace: true)),
      (.exportBF16(3, path: "/a", replace: false), .exportBF16(3, path: "/a", replace: true)),
      (.exportReport(study, path: "/b", replace: false), .exportReport(study, path: "/b", replace: true)),
      (
        .exportConfiguration(.axolotl, .balanced, study, path: "/c", replace: false),
        .exportConfiguration(.axolotl, .balanced, study, path: "/c", replace: true)
      ),
      (.delete([3]), nil), (.stop(3, keepPartialResult: true), nil), (.shutdown(.save), nil),
    ]
    for (command, expected) in replacing { #expect(command.replacing == expected) }
  }
}
