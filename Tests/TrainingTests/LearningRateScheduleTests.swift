import Recipe
import Testing
import Training

@Suite struct LearningRateScheduleTests {
  /// Values of transformers' schedules for 4 warm-up steps of 12.
  @Test func transformersValues() {
    func factors(_ schedule: LearningRateSchedule) -> [Double] {
      [0, 1, 3, 4, 8, 11, 12].map { schedule.factor(step: $0, totalSteps: 12, warmupSteps: 4) }
    }
    #expect(factors(.constant) == [0, 0.25, 0.75, 1, 1, 1, 1])
    #expect(factors(.linear) == [0, 0.25, 0.75, 1, 0.5, 0.125, 0])
    let cosine = factors(.cosine)
    #expect(Array(cosine.prefix(4)) == [0, 0.25, 0.75, 1])
    #expect(abs(cosine[4] - 0.5) < 1e-12)
    #expect(abs(cosine[5] - 0.038_060_233_744_356_65) < 1e-12)
    #expect(abs(cosine[6]) < 1e-12)
  }

  @Test func withoutWarmUpTheFirstStepIsFull() {
    for schedule in LearningRateSchedule.allCases {
      #expect(schedule.factor(step: 0, totalSteps: 1, warmupSteps: 0) == 1)
    }
  }

  @Test func warmUpLongerThanTheRun() {
    for schedule in LearningRateSchedule.allCases {
      #expect(schedule.factor(step: 5, totalSteps: 6, warmupSteps: 10) == 0.5)
    }
  }
}
