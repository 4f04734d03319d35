import Messages
import Recipe
import Testing

/// Equal requests have equal answers: only what decides gradients before the first step tells two apart.
@Suite struct ProbeRequestTests {
  private func request(_ change: (inout RunSettings) -> Void = { _ in }) -> ProbeRequest {
    var settings = RunSettings()
    change(&settings)
    return ProbeRequest(model: .builtin, data: .task(name: "medmcqa"), settings: settings)
  }

  @Test func whatComesAfterTheFirstStepIsNoReasonToLookAgain() {
    let changes: [(inout RunSettings) -> Void] = [
      { $0.learningRate = 9 }, { $0.learningRateByGroup = ByGroup([.oProj: 0.5]) }, { $0.learningRateRatio = 4 },
      { $0.steps = 7 }, { $0.epochs = 9 }, { $0.schedule = .cosine }, { $0.warmupSteps = 99 },
      { $0.weightDecay = 0.5 }, { $0.clip = 3 }, { $0.gradientAccumulation = 5 }, { $0.evaluationExamples = 7 },
      { $0.evaluationSplit = .tuning }, { $0.evaluatesInBF16 = true }, { $0.metric = .rougeLsum },
      { $0.maxNewTokens = 3 }, { $0.endsEarly = false }, { $0.fewShot = 2 }, { $0.measureLatency = false },
      { $0.output = "/a" },
    ]
    for (place, change) in changes.enumerated() { #expect(request(change) == request(), "change \(place)") }
  }

  @Test func whatDecidesGradientsIs() {
    let changes: [(inout RunSettings) -> Void] = [
      { $0.rank = 3 }, { $0.rankByGroup = ByGroup([.oProj: 2]) }, { $0.alpha = 5 }, { $0.useRSLoRA.toggle() },
      { $0.useDoRA = true }, { $0.useBF16 = true }, { $0.seed = 4 }, { $0.batchSize = 3 }, { $0.sequenceLength = 17 },
      { $0.packing.toggle() }, { $0.shuffle.toggle() }, { $0.trainingExamples = 11 }, { $0.dataSeed = .seed },
      { $0.dataVersion = 2 }, { $0.tuningShare = 0.2 }, { $0.chatTemplate = "none" }, { $0.promptField = "p" },
      { $0.initialAdapter = "/b" },
    ]
    for (place, change) in changes.enumerated() { #expect(request(change) != request(), "change \(place)") }
  }
}
