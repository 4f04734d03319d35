import Foundation
import Messages
import Terminal

/// The form's fields as text, and back.
extension SetupField {
  /// What the field shows and what editing starts from; model and data are shown by the snapshot instead.
  package func text(_ setup: Setup) -> String {
    let settings = setup.settings
    switch self {
    case .model, .data: return ""
    case .rank: return String(settings.rank)
    case .alpha: return NumberFormat.setting(settings.resolvedAlpha)
    case .learningRate: return NumberFormat.setting(settings.learningRate)
    case .ratio: return NumberFormat.setting(settings.learningRateRatio)
    case .steps:
      if let steps = settings.steps { return String(steps) }
      return NumberFormat.setting(settings.epochs) + " ep"
    case .batch: return String(settings.batchSize)
    case .seeds: return setup.seeds.map(String.init).joined(separator: " ")
    case .length: return String(settings.sequenceLength)
    case .schedule: return settings.schedule.rawValue
    case .warmup: return String(settings.warmupSteps)
    case .dropout: return NumberFormat.setting(settings.dropout)
    case .clip: return NumberFormat.setting(settings.clip)
    case .adapter: return settings.useDoRA ? "DoRA" : "LoRA"
    case .precision: return settings.useBF16 ? "bf16" : "fp32"
    }
  }

  /// Puts a typed value into the setup.
  /// - Returns: what is wrong with it, one line, or nil when it was taken.
  package func set(_ text: String, in setup: inout Setup) -> String? {
    let text = text.trimmingCharacters(in: .whitespaces)
    switch self {
    case .model, .data: return nil
    case .rank: return integer(text, 1...4096) { setup.settings.rank = $0 }
    case .alpha:
      if text.isEmpty {
        setup.settings.alpha = nil
        return nil
      }
      return number(text, 1e-6...1e6) { setup.settings.alpha = $0 }
    case .learningRate: return number(text, 1e-9...10) { setup.settings.learningRate = $0 }
    case .ratio: return number(text, 1e-3...1e4) { setup.settings.learningRateRatio = $0 }
    case .steps: return steps(text, &setup)
    case .batch: return integer(text, 1...4096) { setup.settings.batchSize = $0 }
    case .seeds: return seeds(text, &setup)
    case .length: return integer(text, 8...1_048_576) { setup.settings.sequenceLength = $0 }
    case .schedule:
      guard let schedule = RunSettings.Schedule(rawValue: text.lowercased()) else {
        return "constant, linear or cosine"
      }
      setup.settings.schedule = schedule
      return nil
    case .warmup: return integer(text, 0...10_000_000) { setup.settings.warmupSteps = $0 }
    case .dropout: return number(text, 0...0.9) { setup.settings.dropout = $0 }
    case .clip: return number(text, 0...1e6) { setup.settings.clip = $0 }
    case .adapter:
      guard ["lora", "dora"].contains(text.lowercased()) else { return "LoRA or DoRA" }
      setup.settings.useDoRA = text.lowercased() == "dora"
      return nil
    case .precision:
      guard ["fp32", "bf16"].contains(text.lowercased()) else { return "fp32 or bf16" }
      setup.settings.useBF16 = text.lowercased() == "bf16"
      return nil
    }
  }

  /// The value one step up or down: powers of two for sizes, 1-2-5 for rates.
  package func stepped(_ direction: Int, _ setup: inout Setup) {
    func doubled(_ value: Int, least: Int, most: Int) -> Int {
      max(least, min(most, direction > 0 ? value * 2 : value / 2))
    }
    switch self {
    case .model, .data, .seeds: break
    case .rank: setup.settings.rank = doubled(setup.settings.rank, least: 1, most: 4096)
    case .alpha: setup.settings.alpha = min(8192, max(1, setup.settings.resolvedAlpha * (direction > 0 ? 2 : 0.5)))
    case .learningRate:
      setup.settings.learningRate = Figure.oneTwoFive(setup.settings.learningRate, direction, in: 1e-7...1)
    case .ratio:
      setup.settings.learningRateRatio = Figure.oneTwoFive(setup.settings.learningRateRatio, direction, in: 1...1000)
    case .steps:
      if let steps = setup.settings.steps {
        setup.settings.steps = max(1, steps + direction * (steps >= 200 ? 100 : steps >= 20 ? 10 : 1))
      } else {
        setup.settings.epochs = max(0.5, setup.settings.epochs + 0.5 * Double(direction))
      }
    case .batch: setup.settings.batchSize = doubled(setup.settings.batchSize, least: 1, most: 4096)
    case .length: setup.settings.sequenceLength = doubled(setup.settings.sequenceLength, least: 8, most: 1_048_576)
    case .schedule:
      let all = RunSettings.Schedule.allCases
      let index = all.firstIndex(of: setup.settings.schedule) ?? 0
      setup.settings.schedule = all[(index + direction + all.count) % all.count]
    case .warmup: setup.settings.warmupSteps = max(0, setup.settings.warmupSteps + 5 * direction)
    case .dropout: setup.settings.dropout = min(0.9, max(0, setup.settings.dropout + 0.05 * Double(direction)))
    case .clip: setup.settings.clip = max(0, setup.settings.clip + 0.5 * Double(direction))
    case .adapter: setup.settings.useDoRA.toggle()
    case .precision: setup.settings.useBF16.toggle()
    }
  }

  private func integer(_ text: String, _ range: ClosedRange<Int>, _ take: (Int) -> Void) -> String? {
    guard let value = Int(text), range.contains(value) else {
      return "a whole number from \(range.lowerBound) to \(range.upperBound)"
    }
    take(value)
    return nil
  }

  private func number(_ text: String, _ range: ClosedRange<Double>, _ take: (Double) -> Void) -> String? {
    guard let value = Double(text), range.contains(value) else {
      return "a number from \(NumberFormat.setting(range.lowerBound)) to \(NumberFormat.setting(range.upperBound))"
    }
    take(value)
    return nil
  }

  private func steps(_ text: String, _ setup: inout Setup) -> String? {
    if let value = Int(text), (1...100_000_000).contains(value) {
      setup.settings.steps = value
      return nil
    }
    let unit = ["epochs", "epoch", "ep", "e"].first { text.hasSuffix($0) }
    let digits = text.dropLast(unit?.count ?? 0).trimmingCharacters(in: .whitespaces)
    guard unit != nil, let value = Double(digits), value > 0, value <= 10_000 else {
      return "steps such as 400, or epochs such as 2 ep"
    }
    setup.settings.steps = nil
    setup.settings.epochs = value
    return nil
  }

  private func seeds(_ text: String, _ setup: inout Setup) -> String? {
    let parts = text.split { $0 == " " || $0 == "," }
    let values = parts.compactMap { UInt64($0) }
    guard !values.isEmpty, values.count == parts.count, values.count <= 64 else {
      return "whole numbers such as 0 1 2 (at most 64)"
    }
    guard Set(values).count == values.count else { return "each seed once" }
    setup.seeds = values
    return nil
  }
}
