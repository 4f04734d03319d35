import Messages

/// How long the parts of one run take, seconds.
package struct RunTimes: Hashable, Sendable {
  package var preparing = 0.0
  package var training = 0.0
  package var evaluating = 0.0
  /// With the machine to itself.
  package var measuring = 0.0

  package init(preparing: Double = 0, training: Double = 0, evaluating: Double = 0, measuring: Double = 0) {
    self.preparing = preparing
    self.training = training
    self.evaluating = evaluating
    self.measuring = measuring
  }

  /// What can go on beside other runs.
  package var shared: Double { preparing + training + evaluating }
}
