import Testing
import Training

@Suite struct BatchPlanTests {
  let lengths = [5, 3, 7, 2, 6]

  private func batches(_ options: TrainingOptions, count: Int) -> [[Int]] {
    var plan = BatchPlan(lengths: lengths, options: options)
    return (0..<count).map { _ in plan.next() }
  }

  @Test func stepsWrapOverTheEndOfTheFile() {
    let options = TrainingOptions(steps: 4, batchSize: 2, packing: false, shuffle: false)
    #expect(batches(options, count: 4) == [[0, 1], [2, 3], [4, 0], [1, 2]])
    #expect(BatchPlan.totalSteps(lengths: lengths, options: options) == 4)
  }

  @Test func epochsEndWithASmallerBatch() {
    let options = TrainingOptions(epochs: 1, batchSize: 2, packing: false, shuffle: false)
    #expect(batches(options, count: 4) == [[0, 1], [2, 3], [4], []])
    #expect(BatchPlan.totalSteps(lengths: lengths, options: options) == 3)
    let more = TrainingOptions(epochs: 1.5, batchSize: 2, packing: false, shuffle: false)
    #expect(batches(more, count: 5) == [[0, 1], [2, 3], [4, 0], [1, 2], []])
    #expect(BatchPlan.totalSteps(lengths: lengths, options: more) == 4)
  }

  @Test func accumulationTakesSeveralBatchesAStep() {
    let options = TrainingOptions(epochs: 1, batchSize: 1, packing: false, shuffle: false, gradientAccumulation: 2)
    #expect(BatchPlan.totalSteps(lengths: lengths, options: options) == 3)
  }

  @Test func packingFillsABudgetWithWholeExamples() {
    // Two sequences of 6: 12 tokens. 5 + 3 leaves room for 4, so 7 opens the next batch.
    let options = TrainingOptions(steps: 9, batchSize: 2, sequenceLength: 6, shuffle: false)
    #expect(batches(options, count: 4) == [[0, 1], [2, 3], [4], [0, 1]])
    let epochs = TrainingOptions(epochs: 2, batchSize: 2, sequenceLength: 6, shuffle: false)
    #expect(batches(epochs, count: 7) == [[0, 1], [2, 3], [4], [0, 1], [2, 3], [4], []])
    #expect(BatchPlan.totalSteps(lengths: lengths, options: epochs) == 6)
  }

  @Test func aBatchNeverHoldsAnExampleTwiceWhenPacking() {
    let options = TrainingOptions(steps: 2, batchSize: 100, sequenceLength: 100)
    for batch in batches(options, count: 3) {
      #expect(batch.sorted() == [0, 1, 2, 3, 4])
    }
  }

  @Test func eachEpochHasItsOwnOrder() {
    let options = TrainingOptions(steps: 1, batchSize: 5, packing: false, seed: 11)
    let epochs = batches(options, count: 20)
    #expect(epochs.allSatisfy { $0.sorted() == [0, 1, 2, 3, 4] })
    #expect(Set(epochs).count > 10)
    #expect(batches(options, count: 20) == epochs)
    var other = options
    other.seed = 12
    #expect(batches(other, count: 20) != epochs)
  }

  @Test(arguments: [true, false])
  func goesOnFromAnyPosition(packing: Bool) {
    let options = TrainingOptions(steps: 1, batchSize: 2, sequenceLength: 7, packing: packing, seed: 4)
    var plan = BatchPlan(lengths: lengths, options: options)
    for _ in 0..<7 { _ = plan.next() }
    var restored = BatchPlan(lengths: lengths, options: options, position: plan.position)
    var moved = BatchPlan(lengths: lengths, options: options)
    moved.move(to: plan.position)
    for _ in 0..<9 {
      let next = plan.next()
      #expect(restored.next() == next)
      #expect(moved.next() == next)
    }
  }
}
