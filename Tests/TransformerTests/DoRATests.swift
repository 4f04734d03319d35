import Kernels
import Recipe
import Testing
import Transformer

@Suite struct DoRATests {
  private let team = WorkerTeam(threads: 2)

  private func worst(_ left: [[Float]], _ right: [[Float]]) -> Float {
    zip(left, right).reduce(0) { worst, rows in max(worst, zip(rows.0, rows.1).map { abs($0 - $1) }.max() ?? 0) }
  }

  @Test func aFreshAdapterChangesNothing() throws {
    let base = try TinyModel.base(TinyModel.configuration())
    let specification = try LoRASpecification(
      targets: .all, in: base.configuration, rank: 3, alpha: 5, useDoRA: true)
    let adapter = try LoRAAdapter(specification: specification, base: base, seed: 1)
    #expect(adapter.parameterCount == specification.parameterCount(in: base.configuration))
    let outputs = adapter.modules.reduce(0) { $0 + $1.rows }
    var plain = specification
    plain.useDoRA = false
    #expect(adapter.parameterCount == plain.parameterCount(in: base.configuration) + outputs)
    let tokens = TinyModel.tokens(9)
    let with = try Scoring.logits(base: base, adapter: adapter, tokens: tokens, team: team)
    #expect(worst(with, try Scoring.logits(base: base, adapter: nil, tokens: tokens, team: team)) < 2e-5)
  }

  @Test(arguments: [true, false])
  func mergedWeightsGiveTheSameLogits(useDoRA: Bool) throws {
    for element in [WeightElement.float32, .bfloat16] {
      let base = try TinyModel.base(TinyModel.configuration(), element: element)
      let adapter =
        useDoRA
        ? try TinyModel.doraAdapter(base)
        : try TinyModel.adapter(Targets(parsing: "qkv@1+fc2@0"), base.configuration)
      let merged = try MergedModel.merge(adapter, into: base, team: team)
      let comparison = try LogitComparison.measure(
        base: base, adapter: adapter, merged: merged,
        prompts: [TinyModel.tokens(9), [], TinyModel.tokens(5, seed: 8)].map { Prompt(tokens: $0) }, team: team)
      #expect(comparison.prompts == 2 && comparison.positions == 14 && comparison.sameNextToken == 14)
      #expect(comparison.largestDifference < 5e-5 && comparison.largestLogit > 0.1)
      // What carries no adapter is shared, not copied.
      #expect(merged.embedding === base.embedding)
      if !useDoRA { #expect(merged.blocks[0][.qProj] === base.blocks[0][.qProj]) }
      #expect(merged.blocks[1][.qProj] !== base.blocks[1][.qProj])
    }
    let other = try TinyModel.base(TinyModel.configuration(layers: 3))
    let adapter = try TinyModel.adapter(Targets.qkv, TinyModel.configuration())
    #expect(throws: AdapterError.configurationMismatch) { try MergedModel.merge(adapter, into: other, team: team) }
  }

  /// One row at a time, many rows, and prompts in one pass.
  @Test(arguments: [1, 6, 17])
  func decodingAgreesWithScoring(slots: Int) throws {
    let base = try TinyModel.base(TinyModel.configuration())
    let adapter = try TinyModel.doraAdapter(base)
    let tokens = TinyModel.tokens(8)
    let expected = try Scoring.logits(base: base, adapter: adapter, tokens: tokens, team: team)
    let decoder = try Decoder(base: base, adapter: adapter, slots: slots, maxLength: 16, team: team)
    var logits = [try decoder.prefill(slot: 0, tokens: Array(tokens.prefix(3)))]
    for token in tokens.dropFirst(3) { logits += try decoder.step([(slot: 0, token: token)]) }
    #expect(worst(logits, Array(expected.dropFirst(2))) < 1e-4)
  }

  @Test func bitsDoNotDependOnTheThreads() throws {
    let base = try TinyModel.base(TinyModel.configuration())
    let gradients = try [1, 3].map { threads -> [[Float]] in
      let adapter = try TinyModel.doraAdapter(base, dropout: 0.2)
      let pass = try LoRATrainingPass(base: base, adapter: adapter)
      WorkerTeam(threads: threads).run { w in
        pass.lossAndGradients(TinyModel.batch(), dropoutSeed: 3, step: 1, worker: w)
        pass.lossAndGradients(TinyModel.batch(lossFrom: (0, 0)), dropoutSeed: 3, step: 2, accumulate: true, worker: w)
      }
      return adapter.modules.flatMap { [$0.gradA.array, $0.gradB.array, $0.gradMagnitude?.array ?? []] }
    }
    #expect(gradients[0] == gradients[1])
    #expect(gradients[0].allSatisfy { !$0.isEmpty })
  }
}
