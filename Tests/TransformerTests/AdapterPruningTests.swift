import Foundation
import Kernels
import Recipe
import Testing
import Transformer

@Suite struct AdapterPruningTests {
  private let team = WorkerTeam(threads: 2)

  /// What stays of an adapter on everything: unlike layers in unlike modules.
  private func ranks(_ adapter: LoRAAdapter, without dropped: Set<ModulePath>) -> [ModulePath: Int] {
    Dictionary(uniqueKeysWithValues: adapter.modules.filter { !dropped.contains($0.path) }.map { ($0.path, $0.rank) })
  }

  private static let dropped: Set<ModulePath> = [
    ModulePath(layer: 0, module: .qProj), ModulePath(layer: 0, module: .oProj), ModulePath(layer: 0, module: .upProj),
    ModulePath(layer: 1, module: .kProj), ModulePath(layer: 1, module: .downProj), ModulePath(layer: 2, module: .oProj),
    ModulePath(layer: 2, module: .qProj), ModulePath(layer: 2, module: .kProj), ModulePath(layer: 2, module: .vProj),
  ]

  /// s·B·A in double precision, row by row.
  private func product(_ module: LoRAModule) -> [Double] {
    var values: [Double] = []
    let (a, b) = (module.a.array, module.b.array)
    for row in 0..<module.rows {
      for column in 0..<module.columns {
        let sum = (0..<module.rank).reduce(0.0) {
          $0 + Double(b[row * module.rank + $1]) * Double(a[$1 * module.columns + column])
        }
        values.append(Double(module.scaling) * sum)
      }
    }
    return values
  }

  private func square(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 } }

  /// What acts on prompts alone does so with fewer layers, too.
  @Test func aPartActsWhereTheWholeDoes() {
    let places = [ModulePath(layer: 0, module: .oProj), ModulePath(layer: 1, module: .oProj)]
    for isPromptOnly in [false, true] {
      var whole = LoRASpecification(targets: places, rank: 4, alpha: 8)
      whole.promptOnly = isPromptOnly
      let part = whole.pruned(to: [places[1]: 2])
      #expect(part.promptOnly == isPromptOnly && part.targets == [places[1]])
    }
  }

  /// Prompts in one pass, and steps for few rows and for many.
  @Test(arguments: [1, 6, 17])
  func whatIsLeftOutCountsAsZeroToTheBit(slots: Int) throws {
    for element in [WeightElement.float32, .bfloat16] {
      let base = try TinyModel.base(TinyModel.configuration(layers: 3), element: element)
      let whole = try TinyModel.adapter(.all, base.configuration)
      let part = try whole.pruned(to: ranks(whole, without: Self.dropped))
      let zeroed = whole.snapshot()
      for module in zeroed.modules where Self.dropped.contains(module.path) {
        for index in 0..<module.b.count { module.b.pointer[index] = 0 }
      }
      #expect(part.modules.count == whole.modules.count - Self.dropped.count)
      #expect(part.parameterCount == part.specification.parameterCount(in: base.configuration))
      #expect(part.parameterCount < whole.parameterCount)
      let tokens = TinyModel.tokens(9)
      func bits(_ rows: [[Float]]) -> [[UInt32]] { rows.map { $0.map(\.bitPattern) } }
      func decoded(_ adapter: LoRAAdapter) throws -> [[UInt32]] {
        let decoder = try Decoder(base: base, adapter: adapter, slots: slots, maxLength: 16, team: team)
        var logits = [try decoder.prefill(slot: 0, tokens: Array(tokens.prefix(3)))]
        for token in tokens.dropFirst(3) { logits += try decoder.step([(slot: 0, token: token)]) }
        return bits(logits)
      }
      let scored = try [part, zeroed, whole].map {
        bits(try Scoring.logits(base: base, adapter: $0, tokens: tokens, team: team))
      }
      #expect(scored[0] == scored[1] && scored[0] != scored[2])
      #expect(try decoded(part) == decoded(zeroed))
      // A place without an adapter keeps the base's own weight.
      let merged = try MergedModel.merge(part, into: base, team: team)
      for layer in 0..<3 {
        for module in base.configuration.modules {
          let isAdapted = part[ModulePath(layer: layer, module: module)] != nil
          #expect((merged.blocks[layer][module] === base.blocks[layer][module]) != isAdapted)
        }
      }
    }
  }

  @Test func lessIsCountedForLess() throws {
    let configuration = TinyModel.configuration(layers: 3)
    let whole = try TinyModel.adapter(.all, configuration)
    let part = try whole.pruned(to: ranks(whole, without: Self.dropped))
    let none = try whole.pruned(to: [ModulePath(layer: 1, module: .qProj): 1])
    let bytes = [whole, part, none].map { InferenceMemory.copies(of: $0.specification, in: configuration) }
    #expect(bytes[0] > bytes[1] && bytes[1] > bytes[2])
    // What training goes on to change of the whole does not reach the part.
    let path = ModulePath(layer: 0, module: .kProj)
    #expect(part[path]?.a.array == whole[path]?.a.array && part[path]?.b.array == whole[path]?.b.array)
    whole[path]?.b.pointer[0] += 1
    #expect(part[path]?.b.array != whole[path]?.b.array)
  }

  @Test func energiesAreThoseOfTheProduct() throws {
    let base = try TinyModel.base(TinyModel.configuration())
    for module in try TinyModel.adapter(.all, base.configuration).modules {
      let product = product(module)
      let exact = square(product)
      #expect(abs(module.energy() - exact) < 1e-12 * exact)
      let values = module.singularValues()
      #expect(values.count == module.rank && values == values.sorted(by: >))
      #expect(abs(square(values) - exact) < 1e-12 * exact)
      // The fourth powers' sum is ‖(BA)ᵀ(BA)‖²: with the squares' it would not be right for wrong values.
      var fourth = 0.0
      for left in 0..<module.columns {
        for right in 0..<module.columns {
          let cross = (0..<module.rows).reduce(0.0) {
            $0 + product[$1 * module.columns + left] * product[$1 * module.columns + right]
          }
          fourth += cross * cross
        }
      }
      #expect(abs(values.reduce(0) { $0 + pow($1, 4) } - fourth) < 1e-11 * fourth)
      if let weight = base[module.path] { #expect(module.energy(beside: weight) == module.energy()) }
    }
  }

  @Test func energyOfDoRAIsWhatMergingChanges() throws {
    let base = try TinyModel.base(TinyModel.configuration())
    let adapter = try TinyModel.doraAdapter(base)
    let merged = try MergedModel.merge(adapter, into: base, team: team)
    for module in adapter.modules {
      let before = try #require(base[module.path])
      let after = try #require(merged[module.path])
      var change = 0.0
      var (left, right) = ([Float](repeating: 0, count: module.columns), [Float](repeating: 0, count: module.columns))
      for row in 0..<module.rows {
        left.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { before.row(row, into: base) } }
        right.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { after.row(row, into: base) } }
        for column in 0..<module.columns {
          let difference = Double(right[column]) - Double(left[column])
          change += difference * difference
        }
      }
      #expect(abs(module.energy(beside: before) - change) < 1e-5 * change)
    }
  }

  /// Singular values that are known beforehand, some of them 0 and some equal.
  @Test func singularValuesOfKnownProducts() throws {
    let configuration = TinyModel.configuration()
    let path = ModulePath(layer: 0, module: .downProj)
    for known in [[3.0, 2, 1, 0.5], [2, 2, 2, 2], [4, 1, 0, 0], [0, 0, 0, 0]] {
      let adapter = try LoRAAdapter(
        specification: LoRASpecification(targets: [path], rank: 4, alpha: 8), configuration: configuration, seed: 1)
      let module = try #require(adapter[path])
      for index in 0..<module.a.count { module.a.pointer[index] = 0 }
      for index in 0..<module.b.count { module.b.pointer[index] = 0 }
      for (place, value) in known.enumerated() {
        // Orthogonal directions, with a sign and in another order than the values.
        module.b.pointer[(2 * place + 1) * 4 + place] = -1
        module.a.pointer[place * module.columns + (9 - 2 * place)] = Float(value / 2)
      }
      let values = module.singularValues()
      #expect(zip(values, known.sorted(by: >)).allSatisfy { abs($0 - $1) < 1e-14 })
      // The product of a lower rank is made of those that are left.
      let lower = try adapter.pruned(to: [path: 2])
      let left = try #require(lower[path]?.singularValues())
      #expect(zip(left, known.sorted(by: >)).allSatisfy { abs($0 - $1) < 1e-6 })
    }
  }

  @Test(arguments: [false, true])
  func truncationLosesTheDroppedSingularValues(useRSLoRA: Bool) throws {
    let configuration = TinyModel.configuration()
    let whole = try TinyModel.adapter(.all, configuration, rank: 5, useRSLoRA: useRSLoRA)
    for rank in 1...4 {
      let lower = try whole.pruned(to: Dictionary(uniqueKeysWithValues: whole.modules.map { ($0.path, rank) }))
      #expect(lower.specification.rank == rank && lower.specification.rankPattern.isEmpty)
      for module in whole.modules {
        let other = try #require(lower[module.path])
        #expect(other.rank == rank && abs(other.scaling - module.scaling) < 1e-6 * module.scaling)
        let error = square(zip(product(module), product(other)).map { $0 - $1 }).squareRoot()
        let expected = square(Array(module.singularValues().dropFirst(rank))).squareRoot()
        // But for the rounding of the factors to FP32.
        #expect(abs(error - expected) < 1e-6 * module.energy().squareRoot())
      }
    }
  }

  @Test func specificationSaysTheLeast() throws {
    let configuration = TinyModel.configuration()
    let (first, second) = (ModulePath(layer: 0, module: .qProj), ModulePath(layer: 1, module: .downProj))
    var specification = LoRASpecification(
      targets: [first, second, ModulePath(layer: 1, module: .qProj)], rank: 4, alpha: 8)
    specification.rankPattern[second] = 6
    specification.alphaPattern[second] = 9
    let kept = specification.pruned(to: [first: 4, second: 6])
    #expect(kept.targets == [first, second] && kept.rank == 4 && kept.alpha == 8)
    #expect(kept.rankPattern == [second: 6] && kept.alphaPattern == [second: 9])
    let lower = specification.pruned(to: [second: 2])
    #expect(lower.targets == [second] && lower.rank == 2 && lower.alpha == 3)
    #expect(lower.rankPattern.isEmpty && lower.alphaPattern.isEmpty)
    #expect(lower.scaling(of: second) == specification.scaling(of: second))
    let adapter = try TinyModel.adapter(specification, configuration)
    #expect(throws: AdapterError.noTargets) { try adapter.pruned(to: [:]) }
    #expect(throws: AdapterError.noTargets) { try adapter.pruned(to: [first: 0]) }
    #expect(throws: AdapterError.rank(path: first, rank: 5, largest: 4)) { try adapter.pruned(to: [first: 5]) }
  }
}
