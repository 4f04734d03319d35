import Messages
import Recipe
import Testing

/// What tells runs apart, and what is said of measurements.
@Suite struct ViewOfRunsTests {
  private func plan(
    _ data: String = "sums", model: ModelReference = .builtin, _ change: (inout RunSettings) -> Void = { _ in }
  ) -> RunPlan {
    var settings = RunSettings()
    change(&settings)
    return RunPlan(model: model, data: .task(name: data), targets: .oProj, settings: settings)
  }

  @Test func whatSetsRunsApart() {
    let plain = plan()
    /// A run beside `plain`, what is said of it, and what of `plain`.
    let cases: [(RunPlan, String, String)] = [
      (plan { $0.rank = 16 }, "r16", "r8"),
      (plan { $0.learningRate = 1e-3 }, "lr1e-3", "lr2e-4"),
      (plan { $0.learningRateByGroup = ByGroup([.fc2: 1e-3, .oProj: 1]) }, "lr o_proj=1,fc2=0.001", ""),
      (plan { $0.steps = 400 }, "400 steps", "1 ep"),
      (plan { $0.epochs = 2.5 }, "2.5 ep", "1 ep"),
      (plan { $0.sequenceLength = 512 }, "len 512", "len 256"),
      (plan { $0.useBF16 = true }, "bf16", "fp32"),
      (plan { $0.useDoRA = true }, "DoRA", "LoRA"),
      (plan { $0.promptOnly = true }, "acts on prompts", "acts on all"),
      (plan { $0.alpha = 64 }, "a64", "a16"),
      (plan { $0.evaluationExamples = 50 }, "eval 50", "eval all"),
      (plan { $0.evaluationSplit = .tuning }, "evaluationSplit tuning", ""),
      (plan { $0.endsEarly = false }, "early stop no", "early stop yes"),
      (plan { $0.evaluatesInBF16 = true }, "scored in bf16", "scored in fp32"),
      (plan { $0.turns = .last }, "turns last", ""),
      (plan(model: .folder(path: "/models/other")), "other", "builtin"),
    ]
    for (other, text, own) in cases {
      let differences = SettingsDifferences([plain, other])
      #expect(differences.text(other) == text)
      #expect(differences.text(plain) == own)
    }
    // What has a column of its own, or decides nothing, sets nothing apart; neither does another data set.
    let alike = [
      plan { $0.seed = 7 }, plan { $0.output = "/x" }, plan { $0.measureLatency = false }, plan { $0.evalEvery = 9 },
    ]
    #expect(SettingsDifferences([plain] + alike).isEmpty)
    #expect(SettingsDifferences([plain, plan("dates") { $0.rank = 64 }]).isEmpty)
    #expect(SettingsDifferences([plain] + [plain.baseline].compactMap { $0 }).isEmpty)
  }

  /// Whatever setting is added later, two runs that differ in it do not look alike.
  @Test func everyStoredSettingCounts() throws {
    let standard = RunSettings()
    var changed = standard
    changed.weightDecay = 0.1
    changed.answerPattern = "x"
    changed.packing = false
    let differences = SettingsDifferences([plan(), plan { $0 = changed }])
    let text = differences.text(plan { $0 = changed })
    #expect(text.contains("wd 0.1") && text.contains("answerPattern x") && text.contains("packing no"))
  }

  @Test func aBusyMachineIsSaid() {
    let cases: [(Double?, Bool, String?)] = [
      (nil, false, nil), (1, false, nil), (0.98, false, nil), (0.93, false, nil), (0.92, true, "8 %"),
      (0.66, true, "34 %"), (0.49, true, "51 %"),
    ]
    for (share, isBusy, percent) in cases {
      #expect(CoreUse.isBusy(share) == isBusy)
      guard let share else { continue }
      let text = CoreUse.disturbance(share)
      #expect((text == nil) == (percent == nil))
      if let percent { #expect(text?.hasPrefix("other programs took \(percent) of the cores") == true) }
    }
  }

  @Test func theNewestAverageIsTheWholeSeries() {
    for beta in [0, 0.6, 0.9, 0.97, 0.99] {
      var sum = 0.0
      var power = 1.0
      var series = MetricSeries()
      for step in 0..<5000 {
        let value = Float(3 * exp2(-Double(step) / 700) + (step % 7 == 0 ? 0.2 : 0))
        series.append(value)
        sum = beta * sum + (1 - beta) * Double(value)
        power *= beta
        guard [1, 2, 50, 257, 5000].contains(step + 1) else { continue }
        let expected = beta == 0 ? Double(value) : sum / (1 - power)
        #expect(abs((series.newestAverage(beta: beta) ?? .nan) / expected - 1) < 1e-6)
      }
    }
    // Of logarithms, as a logarithmic axis has it: what is not positive is not in it.
    let logs = MetricSeries([8, 0, -1, 2]).newestAverage(beta: 0.5, ofLogarithms: true)
    #expect(abs((logs ?? .nan) / 3.174_802_1 - 1) < 1e-6)
    #expect(MetricSeries([2, 0]).newestAverage(beta: 0.9, ofLogarithms: true) == 2)
    #expect(MetricSeries([0, 0]).newestAverage(beta: 0.9, ofLogarithms: true) == 0)
    #expect(MetricSeries().newestAverage(beta: 0.9) == nil)
    #expect(MetricSeries([1, .nan]).newestAverage(beta: 0.9)?.isNaN == true)
    #expect(MetricSeries([1, .nan, 1]).newestAverage(beta: 0.9) == 1)
  }
}

private func exp2(_ x: Double) -> Double {
  var value = 1.0
  var left = x
  while left < -1 {
    value /= 2
    left += 1
  }
  return value * (1 + left * 0.69 + left * left * 0.24)
}
