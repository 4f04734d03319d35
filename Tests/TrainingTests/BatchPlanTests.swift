import Testing
import Training

@Suite struct BatchPlanTests {
  let lengths = [5, 3, 7, 2, 6]

  private func batches(_ options: TrainingOptions, count: Int) -> [[Int]] {
    var plan = BatchPlan(lengths: lengths, options: options)
    return (0..<count).map { _ in plan.next() }
  }

  @Test func stepsWrapOverTheEndOfTheFile() {
    let options = TrainingOptions {
      $0.steps = 4
      $0.batchSize = 2
      $0.packing = false
      $0.shuffle = false
    }
    #expect(batches(options, count: 4) == [[0, 1], [2, 3], [4, 0], [1, 2]])
    #expect(BatchPlan.totalSteps(lengths: lengths, options: options) == 4)
  }

  @Test func epochsEndWithASmallerBatch() {
    let options = TrainingOptions {
      $0.epochs = 1
      $0.batchSize = 2
      $0.packing = false
      $0.shuffle = false
    }
    #expect(batches(options, count: 4) == [[0, 1], [2, 3], [4], []])
    #expect(BatchPlan.totalSteps(lengths: lengths, options: options) == 3)
    let more = TrainingOptions {
      $0.epochs = 1.5
      $0.batchSize = 2
      $0.packing = false
      $0.shuffle = false
    }
    #expect(batches(more, count: 5) == [[0, 1], [2, 3], [4, 0], [1, 2], []])
    #expect(BatchPlan.totalSteps(lengths: lengths, options: more) == 4)
  }

  @Test func accumulationTakesSeveralBatchesAStep() {
    let options = TrainingOptions {
      $0.epochs = 1
      $0.batchSize = 1
      $0.packing = false
      $0.shuffle = false
      $0.gradientAccumulation = 2
    }
    #expect(BatchPlan.totalSteps(lengths: lengths, options: options) == 3)
  }

  @Test func packingFillsABudgetWithWholeExamples() {
    // Two sequences of 6: 12 tokens. 5 + 3 leaves room for 4, so 7 opens the next batch.
    let options = TrainingOptions {
      $0.steps = 9
      $0.batchSize = 2
      $0.sequenceLength = 6
      $0.shuffle = false
    }
    #expect(batches(options, count: 4) == [[0, 1], [2, 3], [4], [0, 1]])
    let epochs = TrainingOptions {
      $0.epochs = 2
      $0.batchSize = 2
      $0.sequenceLength = 6
      $0.shuffle = false
    }
    #expect(batches(epochs, count: 7) == [[0, 1], [2, 3], [4], [0, 1], [2, 3], [4], []])
    #expect(BatchPlan.totalSteps(lengths: lengths, options: epochs) == 6)
  }

  @Test func aBatchNeverHoldsAnExampleTwiceWhenPacking() {
    let options = TrainingOptions {
      $0.steps = 2
      $0.batchSize = 100
      $0.sequenceLength = 100
    }
    for batch in batches(options, count: 3) {
      #expect(batch.sorted() == [0, 1, 2, 3, 4])
    }
  }

  @Test func eachEpochHasItsOwnOrder() {
    let options = TrainingOptions {
      $0.steps = 1
      $0.batchSize = 5
      $0.packing = false
      $0.seed = 11
    }
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
    let options = TrainingOptions {
      $0.steps = 1
      $0.batchSize = 2
      $0.sequenceLength = 7
      $0.packing = packing
      $0.seed = 4
    }
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

@Suite struct BatchAssemblyTests {
  @Test func targetsAreTheNextTokensOfCompletionsOnly() {
    let batch = BatchAssembly.batch([
      TokenizedExample(tokens: [1, 2, 3, 4], lossStart: 2, exampleIndex: 0),
      TokenizedExample(tokens: [7, 8], lossStart: 0, exampleIndex: 1),
      TokenizedExample(tokens: [9], lossStart: 0, exampleIndex: 2),
    ])
    #expect(batch.tokens == [1, 2, 3, 4, 7, 8, 9])
    #expect(batch.targets == [-1, 3, 4, -1, 8, -1, -1])
    #expect(batch.sequenceStarts == [0, 4, 6, 7])
  }
}
