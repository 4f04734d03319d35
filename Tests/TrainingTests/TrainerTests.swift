import Kernels
import Recipe
import Testing
import Training
import Transformer

@Suite struct TrainerTests {
  private func losses(_ trainer: Trainer, steps: Int) throws -> [Double] {
    try (0..<steps).map { _ in try trainer.step().loss }
  }

  @Test func learnsWhatItIsShown() throws {
    let adapter = try TinyModel.adapter(rank: 8)
    let data = Array(TinyModel.data().prefix(3))
    let trainer = try Trainer(
      base: try TinyModel.base(), adapter: adapter, data: data, options: TinyModel.options(steps: 80),
      team: WorkerTeam(threads: 2))
    let curve = try losses(trainer, steps: 80)
    let last = try #require(curve.last)
    #expect(curve[0] > 2)
    #expect(last < curve[0] / 4)
    #expect(trainer.isFinished)
    #expect(throws: TrainingError.finished(steps: 80)) { try trainer.step() }
  }

  @Test func recordsSayWhatWasDone() throws {
    let data = TinyModel.data()
    let options = TinyModel.options(steps: 4) {
      $0.shuffle = false
      $0.schedule = .linear
      $0.warmupSteps = 2
    }
    let trainer = try Trainer(
      base: try TinyModel.base(), adapter: try TinyModel.adapter(), data: data, options: options,
      team: WorkerTeam(threads: 1))
    let records = try (0..<4).map { _ in try trainer.step() }
    #expect(records.map(\.step) == [1, 2, 3, 4])
    #expect(records.map(\.learningRate) == [0, 0.005, 0.01, 0.005])
    #expect(records[0].tokens == data[0...2].reduce(0) { $0 + $1.tokens.count })
    #expect(records[3].tokens == (data[9...10] + data[0...0]).reduce(0) { $0 + $1.tokens.count })
    #expect(records[1].lossTokens == data[3...5].reduce(0) { $0 + $1.lossTokens })
    #expect(records.allSatisfy { $0.gradientNorm > 0 && $0.seconds > 0 })
    #expect(trainer.activationBytes > 0)
  }

  /// A rate that a group shares with the others changes no bit; another changes what that group learns from the first update on, and
  /// the modules without it only afterwards.
  @Test func ratesByGroup() throws {
    func bits(_ change: (inout TrainingOptions) -> Void, steps: Int) throws -> [ModulePath: [UInt32]] {
      let adapter = try TinyModel.adapter()
      let trainer = try Trainer(
        base: try TinyModel.base(), adapter: adapter, data: TinyModel.data(),
        options: TinyModel.options(steps: 3, change), team: WorkerTeam(threads: 2))
      for _ in 0..<steps { #expect(try trainer.step().learningRate == 1e-2) }
      return Dictionary(
        uniqueKeysWithValues: adapter.modules.map { ($0.path, ($0.a.array + $0.b.array).map(\.bitPattern)) })
    }
    let plain = try bits({ _ in }, steps: 1)
    let same = try bits(
      { ($0.learningRateByGroup, $0.learningRateRatioByGroup) = (ByGroup([.oProj: 1e-2]), ByGroup([.fc2: 1])) },
      steps: 1)
    #expect(same == plain)
    let changes: [(TargetGroup, (inout TrainingOptions) -> Void)] = [
      (.oProj, { $0.learningRateByGroup = ByGroup([.oProj: 2e-2]) }),
      (.fc2, { $0.learningRateRatioByGroup = ByGroup([.fc2: 4]) }),
    ]
    for (group, change) in changes {
      let other = try bits(change, steps: 1)
      for (path, values) in plain { #expect((other[path] == values) == (path.group != group), "\(path)") }
    }
  }

  /// Everything that could depend on the order of work is switched on.
  @Test(arguments: [true, false])
  func sameBitsAtAnyNumberOfThreads(packing: Bool) throws {
    var curves: [[Double]] = []
    var adapters: [[UInt32]] = []
    for threads in 1...3 {
      let adapter = try TinyModel.adapter(dropout: 0.1)
      let options = TinyModel.options(steps: 5) {
        $0.packing = packing
        $0.gradientAccumulation = 2
        $0.weightDecay = 0.1
        $0.learningRateRatio = 4
        $0.schedule = .cosine
        $0.dropout = 0.1
        $0.threads = threads
      }
      let trainer = try Trainer(
        base: try TinyModel.base(), adapter: adapter, data: TinyModel.data(), options: options,
        team: WorkerTeam(threads: threads))
      curves.append(try losses(trainer, steps: 5))
      adapters.append(TinyModel.bits(adapter))
    }
    #expect(curves[0] == curves[1] && curves[0] == curves[2])
    #expect(adapters[0] == adapters[1] && adapters[0] == adapters[2])
  }

  /// Looking at the adapter's energy changes no bit of what is trained.
  @Test func looksChangeNothing() throws {
    func train(looks: Bool) throws -> ([Double], [UInt32]) {
      let adapter = try TinyModel.adapter(dropout: 0.1)
      let trainer = try Trainer(
        base: try TinyModel.base(), adapter: adapter, data: TinyModel.data(),
        options: TinyModel.options(steps: 6) { $0.dropout = 0.1 }, team: WorkerTeam(threads: 2))
      var curve: [Double] = []
      for step in 1...6 {
        curve.append(try trainer.step().loss)
        guard looks else { continue }
        let energy = trainer.energy()
        #expect(energy.step == step && energy.rows.count == 7 && energy.total > 0)
      }
      return (curve, TinyModel.bits(adapter))
    }
    let (with, without) = (try train(looks: true), try train(looks: false))
    #expect(with.0 == without.0)
    #expect(with.1 == without.1)
  }

  @Test func anotherSeedIsAnotherRun() throws {
    let curves = try [UInt64(1), 2].map { seed in
      let trainer = try Trainer(
        base: try TinyModel.base(), adapter: try TinyModel.adapter(), data: TinyModel.data(),
        options: TinyModel.options(steps: 3) { $0.seed = seed }, team: WorkerTeam(threads: 1))
      return try losses(trainer, steps: 3)
    }
    #expect(curves[0] != curves[1])
  }

  /// One step over six examples is the same step in one batch as in two accumulated ones.
  @Test func accumulationIsOneLargerBatch() throws {
    let runs = try [(6, 1), (3, 2), (1, 6)].map { batchSize, accumulation in
      let adapter = try TinyModel.adapter()
      let options = TinyModel.options(steps: 2) {
        $0.batchSize = batchSize
        $0.gradientAccumulation = accumulation
      }
      let trainer = try Trainer(
        base: try TinyModel.base(), adapter: adapter, data: TinyModel.data(), options: options,
        team: WorkerTeam(threads: 1))
      return try (0..<2).map { _ in try trainer.step() }
    }
    for run in runs.dropFirst() {
      for (record, reference) in zip(run, runs[0]) {
        #expect(abs(record.loss - reference.loss) < 1e-5)
        #expect(abs(record.gradientNorm - reference.gradientNorm) < 1e-4 * reference.gradientNorm)
        #expect(record.lossTokens == reference.lossTokens)
      }
    }
  }

  /// LoRA+ moves B faster and A as before. With A's gradient zero at B = 0, A stands still in the first step.
  @Test func theRatioIsThatOfB() throws {
    func moved(ratio: Double) throws -> (a: Float, b: Float) {
      let adapter = try TinyModel.adapter()
      let before = adapter.modules.map { $0.a.array }
      let trainer = try Trainer(
        base: try TinyModel.base(), adapter: adapter, data: TinyModel.data(),
        options: TinyModel.options(steps: 1) { $0.learningRateRatio = ratio }, team: WorkerTeam(threads: 1))
      _ = try trainer.step()
      let a = zip(adapter.modules, before).map { module, before in
        zip(module.a.array, before).map { abs($0 - $1) }.max() ?? 0
      }
      let b = adapter.modules.map { module in module.b.array.map { abs($0) }.max() ?? 0 }
      return (a.max() ?? 0, b.max() ?? 0)
    }
    let plain = try moved(ratio: 1)
    let faster = try moved(ratio: 4)
    #expect(plain.a == 0 && faster.a == 0)
    // AdamW's first step moves every parameter by the learning rate.
    #expect(abs(plain.b - 0.01) < 1e-5)
    #expect(abs(faster.b - 0.04) < 1e-5)
  }

  @Test func clippingScalesTheGradient() {
    #expect(AdapterOptimizer.clippingFactor(norm: 4, clip: 0) == 1)
    #expect(AdapterOptimizer.clippingFactor(norm: 0.5, clip: 1) == 1)
    #expect(abs(AdapterOptimizer.clippingFactor(norm: 4, clip: 1) - 0.25) < 1e-6)
  }

  @Test func divergenceLeavesTheStateAsItWas() throws {
    let adapter = try TinyModel.adapter()
    let options = TinyModel.options(steps: 50)
    let trainer = try Trainer(
      base: try TinyModel.base(), adapter: adapter, data: TinyModel.data(), options: options,
      team: WorkerTeam(threads: 2))
    for _ in 0..<3 { _ = try trainer.step() }
    let position = trainer.position
    let module = adapter.modules[0]
    let kept = module.a.pointer[0]
    let healthy = TinyModel.bits(adapter)
    module.a.pointer[0] = .nan
    let broken = TinyModel.bits(adapter)
    for _ in 0..<2 {
      let error = #expect(throws: TrainingError.self) { try trainer.step() }
      #expect(error == .diverged(step: 4, reason: "the loss is not a number"))
      #expect(error?.exitStatus == 65)
    }
    #expect(TinyModel.bits(adapter) == broken)
    #expect(trainer.position == position && trainer.stepIndex == 3)
    // With the fault gone the run goes on as if nothing had been.
    module.a.pointer[0] = kept
    #expect(TinyModel.bits(adapter) == healthy)
    let twin = try TinyModel.adapter()
    let undisturbed = try Trainer(
      base: try TinyModel.base(), adapter: twin, data: TinyModel.data(), options: options,
      team: WorkerTeam(threads: 2))
    for _ in 0..<3 { _ = try undisturbed.step() }
    #expect(try trainer.step().loss == undisturbed.step().loss)
    #expect(TinyModel.bits(adapter) == TinyModel.bits(twin))
  }

  @Test func anAbsurdRateDivergesAndSaysSo() throws {
    let trainer = try Trainer(
      base: try TinyModel.base(), adapter: try TinyModel.adapter(), data: TinyModel.data(),
      options: TinyModel.options(steps: 200) {
        $0.learningRate = 1e30
        $0.clip = 0
      }, team: WorkerTeam(threads: 1))
    var failure: TrainingError?
    while failure == nil, !trainer.isFinished {
      do { _ = try trainer.step() } catch let error as TrainingError { failure = error }
    }
    let text = try #require(failure).description
    #expect(text.hasPrefix("step \(trainer.stepIndex + 1) diverged: the "))
  }

  @Test func refusals() throws {
    let base = try TinyModel.base()
    let adapter = try TinyModel.adapter()
    let team = WorkerTeam(threads: 1)
    func make(_ data: [TokenizedExample], _ options: TrainingOptions = TinyModel.options(steps: 1)) throws -> Trainer {
      try Trainer(base: base, adapter: adapter, data: data, options: options, team: team)
    }
    #expect(throws: TrainingError.self) { try make([]) }
    #expect(throws: TrainingError.self) {
      try make([TokenizedExample(tokens: [5], lossStart: 1, exampleIndex: 0)])
    }
    #expect(throws: BatchError.self) {
      try make([TokenizedExample(tokens: [5, 61], lossStart: 1, exampleIndex: 0)])
    }
    #expect(throws: BatchError.self) {
      try make([TokenizedExample(tokens: Array(repeating: 5, count: 65), lossStart: 1, exampleIndex: 0)])
    }
    #expect(throws: TrainingError.self) { try make(TinyModel.data(), TinyModel.options(steps: 0)) }
    let endless = TinyModel.options(steps: 1) {
      $0.steps = nil
      $0.epochs = 1e6
    }
    #expect(throws: TrainingError.self) { try make(TinyModel.data(count: 501), endless) }
  }

  @Test func epochsEndTheRun() throws {
    let options = TinyModel.options(steps: 1) {
      $0.steps = nil
      $0.epochs = 2
      $0.gradientAccumulation = 3
    }
    // 22 examples in batches of 3 are 8 batches, the last of one example; in steps of 3 batches, 3 steps.
    let trainer = try Trainer(
      base: try TinyModel.base(), adapter: try TinyModel.adapter(), data: TinyModel.data(), options: options,
      team: WorkerTeam(threads: 1))
    #expect(trainer.totalSteps == 3)
    var tokens = 0
    while !trainer.isFinished { tokens += try trainer.step().tokens }
    #expect(tokens == 2 * TinyModel.data().reduce(0) { $0 + $1.tokens.count })
  }
}
