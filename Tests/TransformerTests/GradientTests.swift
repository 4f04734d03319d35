import Kernels
import Recipe
import Testing
import Transformer

/// Gradients against central differences of the Double reference.
@Suite struct GradientTests {
  /// Compares some elements of a gradient, spread over all of it.
  private func expectSlopes(
    _ gradient: [Float], of name: String, reference: ReferenceModel, batch: TokenBatch, count: Int = 9,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let stride = max(1, gradient.count / count)
    let indices = Array(Swift.stride(from: 0, to: gradient.count, by: stride)) + [gradient.count - 1]
    let expected = reference.slopes(of: name, at: indices, batch)
    let size = max(expected.map(abs).max() ?? 0, 1e-3)
    for (index, slope) in zip(indices, expected) {
      #expect(
        abs(Double(gradient[index]) - slope) < 3e-5 * size + 1e-6,
        "\(name)[\(index)]: \(gradient[index]) for \(slope)", sourceLocation: sourceLocation)
    }
  }

  private func check(
    _ adapter: LoRAAdapter, base: BaseModel, batch: TokenBatch, reference: ReferenceModel? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let pass = try LoRATrainingPass(base: base, adapter: adapter)
    WorkerTeam(threads: 2).run { w in pass.lossAndGradients(batch, dropoutSeed: 11, step: 4, worker: w) }
    let reference = reference ?? ReferenceModel(base: base, adapter: adapter)
    let loss = pass.lossSum / Double(pass.lossTokens)
    #expect(abs(loss - reference.loss(batch)) < 1e-5, sourceLocation: sourceLocation)
    for module in adapter.modules {
      for case (let gradient?, let name) in [(module.gradA, "A"), (module.gradB, "B"), (module.gradMagnitude, "m")] {
        expectSlopes(
          gradient.array, of: "\(module.path).\(name)", reference: reference, batch: batch,
          sourceLocation: sourceLocation)
      }
    }
  }

  @Test(arguments: Targets.fifteen)
  func everyCombination(_ targets: Targets) throws {
    let configuration = TinyModel.configuration()
    try check(
      TinyModel.adapter(targets, configuration), base: TinyModel.base(configuration), batch: TinyModel.batch())
  }

  @Test(arguments: LinearModule.split)
  func everySingleModule(_ module: LinearModule) throws {
    let configuration = TinyModel.configuration(tied: false)
    try check(
      TinyModel.adapter(Targets(modules: [module]), configuration, rank: 1, useRSLoRA: true),
      base: TinyModel.base(configuration), batch: TinyModel.batch())
  }

  /// Only one layer is adapted: the layers below keep nothing, those above pass the gradient on.
  @Test(arguments: [0, 1, 2], [LinearModule.vProj, .oProj, .upProj, .downProj])
  func oneLayerOnly(_ layer: Int, _ module: LinearModule) throws {
    let configuration = TinyModel.configuration(layers: 3)
    let specification = LoRASpecification(
      targets: [ModulePath(layer: layer, module: module)], rank: 2, alpha: 4)
    try check(
      TinyModel.adapter(specification, configuration), base: TinyModel.base(configuration), batch: TinyModel.batch())
  }

  @Test func ranksAndAlphasOfTheirOwn() throws {
    let configuration = TinyModel.configuration()
    let q = ModulePath(layer: 0, module: .qProj)
    let down = ModulePath(layer: 1, module: .downProj)
    let specification = LoRASpecification(
      targets: [down, q, ModulePath(layer: 1, module: .kProj)], rank: 2, alpha: 4, rankPattern: [q: 5],
      alphaPattern: [down: 9])
    let adapter = try TinyModel.adapter(specification, configuration)
    #expect(adapter.modules.map(\.rank) == [5, 2, 2])
    #expect(adapter.modules.map(\.scaling) == [0.8, 2, 4.5])
    try check(adapter, base: TinyModel.base(configuration), batch: TinyModel.batch())
  }

  /// A has more rows than columns.
  @Test func rankOverTheWidth() throws {
    let configuration = TinyModel.configuration()
    try check(
      TinyModel.adapter(Targets.all, configuration, rank: 20),
      base: TinyModel.base(configuration), batch: TinyModel.batch())
  }

  @Test(arguments: [2, 6, 20])
  func headSizes(_ headSize: Int) throws {
    let configuration = TinyModel.configuration(tied: false, headSize: headSize)
    try check(
      TinyModel.adapter(Targets.qkv, configuration), base: TinyModel.base(configuration),
      batch: TinyModel.batch())
  }

  @Test func bfloat16Base() throws {
    let configuration = TinyModel.configuration()
    try check(
      TinyModel.adapter([.qkv, .fc2], configuration),
      base: TinyModel.base(configuration, element: .bfloat16), batch: TinyModel.batch())
  }

  @Test func everyPositionCarriesLoss() throws {
    let configuration = TinyModel.configuration()
    try check(
      TinyModel.adapter(Targets.all, configuration), base: TinyModel.base(configuration),
      batch: TinyModel.batch(lossFrom: (0, 0)))
  }

  @Test(arguments: [WeightElement.float32, .bfloat16])
  func magnitudes(_ element: WeightElement) throws {
    let configuration = TinyModel.configuration()
    let base = try TinyModel.base(configuration, element: element)
    try check(TinyModel.doraAdapter(base), base: base, batch: TinyModel.batch())
  }

  /// The reference drops what `Dropout` drops, found by dropping ones. DoRA's magnitudes leave what the base itself adds alone.
  @Test(arguments: [false, true])
  func dropoutOnTheBranchOnly(useDoRA: Bool) throws {
    let configuration = TinyModel.configuration()
    let base = try TinyModel.base(configuration)
    let adapter =
      useDoRA
      ? try TinyModel.doraAdapter(base, dropout: 0.4)
      : try TinyModel.adapter(Targets.all, configuration, dropout: 0.4)
    let batch = TinyModel.batch(lossFrom: (0, 0))
    var reference = ReferenceModel(base: base, adapter: adapter)
    for module in adapter.modules {
      let mask = FloatBuffer([Float](repeating: 1, count: batch.tokens.count * module.columns))
      let rows = Rows(mask.pointer, rows: batch.tokens.count, columns: module.columns)
      let stream = UInt64(module.path.layer) * 7 + module.path.module.stream
      WorkerTeam(threads: 1).run { w in
        Dropout.apply(w, rows, into: rows, rate: 0.4, seed: 11, step: 4, stream: stream)
      }
      reference.masks[module.path] = mask.array.map(Double.init)
      #expect(mask.array.contains(0))
    }
    try check(adapter, base: base, batch: batch, reference: reference)
  }

  @Test(arguments: [true, false])
  func allParameters(tied: Bool) throws {
    let configuration = TinyModel.configuration(tied: tied)
    let base = try TinyModel.base(configuration)
    let model = try TrainableModel(copying: base)
    #expect(model.parameterCount == configuration.parameterCount)
    let pass = FullTrainingPass(model: model)
    let batch = TinyModel.batch(lossFrom: (1, 0))
    // The first call's gradients must not leak into the second's.
    let team = WorkerTeam(threads: 2)
    for _ in 0..<2 { team.run { w in pass.lossAndGradients(batch, worker: w) } }
    let reference = ReferenceModel(base: base, adapter: nil)
    #expect(abs(pass.lossSum / Double(pass.lossTokens) - reference.loss(batch)) < 1e-5)
    for tensor in model.tensors {
      let gradient = Array(UnsafeBufferPointer(start: tensor.gradients, count: tensor.count))
      expectSlopes(gradient, of: referenceName(tensor.name), reference: reference, batch: batch, count: 30)
    }
  }

  private func referenceName(_ name: String) -> String {
    let special = [
      "model.embed_tokens.weight": "embedding", "model.norm.weight": "finalNorm", "lm_head.weight": "output",
    ]
    if let name = special[name] { return name }
    let parts = name.split(separator: ".")
    let last = ["input_layernorm": "inputNorm", "post_attention_layernorm": "postAttentionNorm"]
    let module = String(parts[parts.count - 2])
    return "\(parts[2]).\(last[module] ?? module)"
  }
}
