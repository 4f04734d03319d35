import Foundation
import HuggingFace
import Kernels
import Recipe
import TestFiles
import Testing
import Transformer

/// Adapters between models that fuse q, k, v and gate, up, and models that do not.
@Suite struct FusedAdapterTests {
  private func configuration(fused: Bool) -> ModelConfiguration {
    var configuration = ModelConfiguration(
      vocabularySize: 17, hiddenSize: 12, layers: 2, heads: 3, kvHeads: 1, headSize: 6, intermediateSize: 10,
      maxPositions: 32)
    configuration.block.fusesQKV = fused
    if fused { configuration.block.feedForward = .fusedGated }
    return configuration
  }

  /// The same weights in both forms.
  private func models() throws -> (split: BaseModel, fused: BaseModel) {
    let split = try RandomWeights.model(configuration: configuration(fused: false), seed: 4, deviation: 0.3)
    let blocks = try split.blocks.map { block in
      func joined(_ modules: LinearModule...) throws -> WeightMatrix {
        let parts = try modules.map { try #require(block[$0]) }
        return WeightMatrix(
          rows: parts.reduce(0) { $0 + $1.rows }, columns: parts[0].columns, floats: parts.flatMap { $0.toFloats() })
      }
      return BlockWeights(
        inputNorm: block.inputNorm, postAttentionNorm: block.postAttentionNorm,
        linears: [
          .qkvProj: try joined(.qProj, .kProj, .vProj), .oProj: try #require(block[.oProj]),
          .gateUpProj: try joined(.gateProj, .upProj), .downProj: try #require(block[.downProj]),
        ])
    }
    let fused = try BaseModel(
      configuration: configuration(fused: true), embedding: split.embedding, blocks: blocks,
      finalNorm: split.finalNorm, output: split.output === split.embedding ? nil : split.output)
    return (split, fused)
  }

  private func filled(_ base: BaseModel, _ targets: String, useDoRA: Bool = false, rslora: Bool = false) throws
    -> LoRAAdapter
  {
    let paths = try Targets(parsing: targets).paths(in: base.configuration)
    let specification = LoRASpecification(
      targets: paths, rank: 3, alpha: 5, rankPattern: [ModulePath(layer: 1, module: .kProj): 2], useRSLoRA: rslora,
      useDoRA: useDoRA)
    let adapter = try LoRAAdapter(specification: specification, base: base, seed: 2)
    var normal = NormalGenerator(seed: 8)
    for module in adapter.modules {
      for index in 0..<module.b.count { module.b.pointer[index] = 0.4 * normal.next() }
      guard let magnitude = module.magnitude else { continue }
      for index in 0..<magnitude.count { magnitude.pointer[index] *= 1 + 0.2 * normal.next() }
    }
    return adapter
  }

  private func expectSameLogits(_ left: (BaseModel, LoRAAdapter), _ right: (BaseModel, LoRAAdapter)) throws {
    let team = WorkerTeam(threads: 1)
    let tokens: [Int32] = [3, 1, 4, 15, 9, 2, 6]
    let a = try Scoring.logits(base: left.0, adapter: left.1, tokens: tokens, team: team)
    let b = try Scoring.logits(base: right.0, adapter: right.1, tokens: tokens, team: team)
    let plain = try Scoring.logits(base: left.0, adapter: nil, tokens: tokens, team: team)
    #expect(zip(a.joined(), b.joined()).map { abs($0 - $1) }.max() ?? 1 < 2e-5)
    #expect(zip(a.joined(), plain.joined()).map { abs($0 - $1) }.max() ?? 0 > 1e-2)
  }

  @Test(arguments: [false, true])
  func fusedIntoPartsIsExact(useDoRA: Bool) throws {
    let (split, fused) = try models()
    let adapter = try filled(fused, "all", useDoRA: useDoRA)
    let folder = try TemporaryFolder()
    try PEFTAdapterFolder.write(adapter, to: folder.url, baseModelName: "fused")
    let (read, notes) = try PEFTAdapterFolder.open(folder.url, configuration: split.configuration)
    #expect(read.modules.map(\.path.module).prefix(3) == [.qProj, .kProj, .vProj])
    #expect(read.modules.allSatisfy { $0.rank == 3 })
    #expect(notes.count == 2 && notes[0].contains("qkv_proj is read as q_proj, k_proj, v_proj"))
    try expectSameLogits((fused, adapter), (split, read))
    #expect(try PEFTAdapterFolder.open(folder.url, configuration: fused.configuration).notes.isEmpty)
  }

  @Test(arguments: [("all", false, false), ("qkv", true, false), ("q_proj+v_proj+o_proj", false, true)])
  func partsIntoFusedHaveABlockDiagonal(_ targets: String, useDoRA: Bool, rslora: Bool) throws {
    let (split, fused) = try models()
    let adapter = try filled(split, targets, useDoRA: useDoRA, rslora: rslora)
    let folder = try TemporaryFolder()
    try PEFTAdapterFolder.write(adapter, to: folder.url, baseModelName: "split")
    let (read, notes) = try PEFTAdapterFolder.open(folder.url, configuration: fused.configuration)
    let module = try #require(read[ModulePath(layer: 1, module: .qkvProj)])
    #expect(
      module.rank
        == adapter.modules.filter { $0.path.layer == 1 && $0.path.module.index < 3 }.reduce(0) { $0 + $1.rank })
    #expect(notes.first?.contains("block-diagonal") == true)
    try expectSameLogits((split, adapter), (fused, read))
  }

  @Test func doraOfAPartNeedsTheOthers() throws {
    let (split, fused) = try models()
    let adapter = try filled(split, "q_proj,o_proj", useDoRA: true)
    let folder = try TemporaryFolder()
    try PEFTAdapterFolder.write(adapter, to: folder.url, baseModelName: "split")
    let refused = refusal { _ = try PEFTAdapterFolder.read(folder.url, configuration: fused.configuration) }
    #expect(refused?.status == 65 && refused?.text.contains("needs all parts") == true)
  }

  @Test func partsOfAFusedModuleAreNoTargets() throws {
    let fused = configuration(fused: true)
    #expect(throws: TargetError.self) { try Targets(parsing: "q_proj").paths(in: fused) }
    #expect(throws: TargetError.self) { try Targets(parsing: "q_proj,k_proj@0,v_proj").paths(in: fused) }
    let paths = try Targets(parsing: "qkv@1,fc2@0").paths(in: fused)
    #expect(paths == [ModulePath(layer: 0, module: .downProj), ModulePath(layer: 1, module: .qkvProj)])
    #expect(Targets(paths: paths, in: fused).label == "qkv@1+fc2@0")
  }
}
