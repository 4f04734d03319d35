#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// Heads and widths of a gated delta rule.
public struct GatedDeltaShape: Sendable, Equatable, Codable {
  /// Key heads; `valueHeads / keyHeads` value heads in a row share one.
  public var keyHeads: Int
  public var valueHeads: Int
  public var keySize: Int
  public var valueSize: Int
  /// Tokens of the convolution, the present one among them.
  public var width: Int

  public init(keyHeads: Int, valueHeads: Int, keySize: Int, valueSize: Int, width: Int) {
    self.keyHeads = keyHeads
    self.valueHeads = valueHeads
    self.keySize = keySize
    self.valueSize = valueSize
    self.width = width
  }

  /// Value columns of a panel of a state.
  static let panel = 16

  public var keyWidth: Int { keyHeads * keySize }
  public var valueWidth: Int { valueHeads * valueSize }
  /// Features of queries, keys and values.
  public var channels: Int { 2 * keyWidth + valueWidth }
  /// Columns of what is mixed: queries, keys and values, z, b and a.
  public var inputs: Int { channels + valueWidth + 2 * valueHeads }
  /// Columns of room for a token: queries, keys and values as the rule takes them, α and β of each value head, and the factors that brought
  /// queries and keys to length 1.
  public var roomColumns: Int { channels + 2 * valueHeads + 2 * keyHeads }
  var panels: Int { (valueSize + Self.panel - 1) / Self.panel }
  var panelSize: Int { keySize * Self.panel }
  /// Floats of all heads' states: `[valueHeads, panels, keySize, 16]`, columns beyond `valueSize` zeros.
  public var stateSize: Int { valueHeads * panels * panelSize }
  /// Floats of the last tokens that the next ones are convolved with, `[width − 1, channels]`, the earliest first.
  public var historySize: Int { (width - 1) * channels }
}

/// The gated delta rule of Yang, Kautz and Hatamizadeh 2024 as Qwen 3.5 has it (transformers' `Qwen3_5GatedDeltaNet`). Queries, keys and
/// values are convolved over a few tokens and go through SiLU, queries and keys are brought to length 1, and each value head keeps a
/// state S of `[keySize, valueSize]`:
///
/// `S̃_t = α_t·S_{t−1}`, `S_t = S̃_t + k_t ⊗ β_t(v_t − S̃_tᵀk_t)`, `o_t = S_tᵀq_t / √keySize`, with `β = σ(b)` and
/// `α = e^(−e^A·softplus(a + dt))`; then `y = norm(o) ⊙ w ⊙ SiLU(z)`, each head's norm by itself.
///
/// transformers solves for chunks of 64 tokens, so that a GPU multiplies matrices. A token by itself takes three passes of multiplications over
/// its head's state and a chunk takes more, and here sixteen value columns of a state stay in the first cache through the whole sequence. So prompts,
/// steps and the backward pass have one order of sums, and a step the bits of a prompt. The backward pass goes through chunks of about
/// √T tokens: it keeps the state before each, and computes those within one again.
public struct GatedDelta: Sendable {
  public let shape: GatedDeltaShape
  /// For each stretch of features of a head its taps `[width, features]`, that of the present token first.
  let taps: FloatBuffer
  /// `[valueHeads]` e^A and dt.
  private let rates: [Float]
  private let timeBias: [Float]
  /// `[valueSize]` of the norm.
  let norm: FloatBuffer
  let epsilon: Float
  /// As many as the longest stretch of features.
  let ones: FloatBuffer
  /// Features of each key head: its query, its key, and the values of the heads that share it.
  let stretches: [[(start: Int, count: Int)]]

  /// - Parameters:
  ///   - taps: `[width, 2·keyHeads·keySize + valueHeads·valueSize]`, that of the present token first.
  ///   - decay, timeBias: `[valueHeads]` the checkpoint's `A_log` and `dt_bias`.
  ///   - norm: `[valueSize]`
  ///   - epsilon: of that norm.
  public init(
    _ shape: GatedDeltaShape, taps: FloatBuffer, decay: FloatBuffer, timeBias: FloatBuffer, norm: FloatBuffer,
    epsilon: Float
  ) {
    self.shape = shape
    let (keyHeads, valueHeads, keySize, valueSize) = (
      shape.keyHeads, shape.valueHeads, shape.keySize, shape.valueSize
    )
    let (width, channels) = (shape.width, shape.channels)
    self.norm = norm
    self.epsilon = epsilon
    rates = decay.array.map { expf($0) }
    self.timeBias = timeBias.array
    let share = valueHeads / keyHeads
    ones = FloatBuffer([Float](repeating: 1, count: max(keySize, share * valueSize)))
    let own = FloatBuffer(count: width * channels)
    self.taps = own
    let keys = keyHeads * keySize
    stretches = (0..<keyHeads).map { head in
      [
        (head * keySize, keySize), (keys + head * keySize, keySize),
        (2 * keys + head * share * valueSize, share * valueSize),
      ]
    }
    for (start, count) in stretches.joined() {
      for tap in 0..<width {
        (own.pointer + width * start + tap * count).update(from: taps.pointer + tap * channels + start, count: count)
      }
    }
  }

  static let panel = GatedDeltaShape.panel
  var keyHeads: Int { shape.keyHeads }
  var valueHeads: Int { shape.valueHeads }
  var keySize: Int { shape.keySize }
  var valueSize: Int { shape.valueSize }
  var width: Int { shape.width }
  var keyWidth: Int { shape.keyWidth }
  var valueWidth: Int { shape.valueWidth }
  var channels: Int { shape.channels }
  var panels: Int { shape.panels }
  var panelSize: Int { shape.panelSize }
  private var scaling: Float { 1 / Float(keySize).squareRoot() }

  func parts(_ inputs: Rows) -> (z: Rows, b: Rows, a: Rows) {
    (
      inputs.columns(from: channels, count: valueWidth), inputs.columns(from: channels + valueWidth, count: valueHeads),
      inputs.columns(from: channels + valueWidth + valueHeads, count: valueHeads)
    )
  }

  // MARK: One token of one key head

  /// What the rule takes, in `room`.
  ///
  /// - Parameters:
  ///   - latest: the token's stretch of inputs, those of earlier ones `step` values apart; by stretch.
  ///   - lags: tokens to convolve, the present one among them.
  ///   - row: the token's inputs.
  func prepare(
    _ head: Int, row: UnsafePointer<Float>, latest: (Int) -> UnsafePointer<Float>, step: (Int) -> Int, lags: Int,
    into room: UnsafeMutablePointer<Float>
  ) {
    let m = Microkernel.table
    for (place, (start, count)) in stretches[head].enumerated() {
      m.gatedConvolution(
        latest(place), -step(place), nil, 0, taps.pointer + width * start, lags, ones.pointer, room + start, count)
      m.activation(0, room + start, nil, room + start, count)
    }
    let factors = room + channels + 2 * valueHeads + head
    for (place, scale) in [scaling, 1].enumerated() {
      let x = room + place * keyWidth + head * keySize
      let inverse = 1 / (m.dot(x, x, keySize) + 1e-6).squareRoot()
      factors[place * keyHeads] = inverse
      m.scale(inverse * scale, x, keySize)
    }
    let share = valueHeads / keyHeads
    let (b, a) = (row + channels + valueWidth, row + channels + valueWidth + valueHeads)
    for own in head * share..<(head + 1) * share {
      room[channels + own] = expf(-rates[own] * Self.softplus(a[own] + timeBias[own]))
      room[channels + valueHeads + own] = Self.sigmoid(b[own])
    }
  }

  /// `log(1 + e^x)`
  static func softplus(_ x: Float) -> Float { max(x, 0) + log1pf(expf(-abs(x))) }

  static func sigmoid(_ x: Float) -> Float {
    let e = expf(-abs(x))
    return (x < 0 ? e : 1) / (1 + e)
  }

  /// dL/da and dL/db of a value head from those of α and β.
  func gates(_ head: Int, dDecay: Float, dBeta: Float, a: Float, room: UnsafePointer<Float>) -> (a: Float, b: Float) {
    let (decay, beta) = (room[channels + head], room[channels + valueHeads + head])
    return (-dDecay * decay * rates[head] * Self.sigmoid(a + timeBias[head]), dBeta * beta * (1 - beta))
  }

  /// Undoes the lengths of queries and keys in a row of gradients: `dx = r(dn − n(n·dn))` of `n = r·x`, of queries `scaling` times.
  func lengths(_ head: Int, room: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>) {
    let m = Microkernel.table
    for (place, scale) in [scaling, 1].enumerated() {
      let start = place * keyWidth + head * keySize
      let inverse = room[channels + 2 * valueHeads + place * keyHeads + head]
      let projection = m.dot(room + start, gradient + start, keySize)
      m.scale(scale * inverse, gradient + start, keySize)
      m.addScaled(-inverse / scale * projection, room + start, gradient + start, keySize)
    }
  }

  // MARK: A value head through tokens

  /// - Parameters:
  ///   - room: `[≥ rows, roomColumns]` of tokens.
  ///   - rows: those of the tokens, in order.
  ///   - state: the head's, which goes on.
  ///   - first: the first token of which `y` is wanted.
  ///   - scratch: of 32 values.
  func scan(
    _ head: Int, room: Rows, count: Int, row: (Int) -> Int, state: UnsafeMutablePointer<Float>,
    into y: Rows, first: Int, scratch: UnsafeMutablePointer<Float>
  ) {
    let m = Microkernel.table
    let key = head / (valueHeads / keyHeads) * keySize
    for panel in 0..<panels {
      let own = state + panel * panelSize
      let start = head * valueSize + panel * Self.panel
      let columns = min(Self.panel, valueSize - panel * Self.panel)
      for token in 0..<count {
        let r = row(token)
        let x = room.row(r)
        let isWanted = token >= first
        m.deltaStep(
          keySize, own, own, x[channels + head], x[channels + valueHeads + head], x + keyWidth + key,
          isWanted ? x + key : nil, x + 2 * keyWidth + start, columns, scratch, scratch + Self.panel,
          isWanted ? y.row(r) + start : nil)
      }
    }
  }

  func clear(_ head: Int, state: UnsafeMutablePointer<Float>) {
    (state + head * panels * panelSize).update(repeating: 0, count: panels * panelSize)
  }

  func state(_ head: Int, of states: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<Float> {
    states + head * panels * panelSize
  }
}

extension GatedDelta {
  /// Norm and gate of what the rule gives. Ends with a barrier.
  ///
  /// - Parameters:
  ///   - o, y: `[T, valueWidth]`; may be the same.
  ///   - inputs: `[T, inputs]`
  public func finish(_ w: Worker, _ o: Rows, inputs: Rows, into y: Rows) {
    RMSNorm.forward(w, x: o, heads: valueHeads, weight: norm.pointer, epsilon: epsilon, into: y, inverseRMS: nil)
    GatedActivation.forward(w, kind: .silu, gate: parts(inputs).z, up: y, into: y)
  }

  /// What the rule takes of each token, in `room`. Ends with a barrier.
  func prepare(_ w: Worker, inputs: Rows, positions: UnsafePointer<Int32>, room: Rows) {
    Shards.forEachRow(w, rows: inputs.rows, columns: inputs.columns) { t in
      let row = inputs.row(t)
      for head in 0..<keyHeads {
        let stretches = stretches[head]
        prepare(
          head, row: row, latest: { UnsafePointer(row + stretches[$0].start) }, step: { _ in inputs.stride },
          lags: min(width, Int(positions[t]) + 1), into: room.row(t))
      }
    }
  }

  /// Whole sequences, one after the other. Ends with a barrier.
  ///
  /// - Parameters:
  ///   - inputs: `[T, inputs]` queries, keys and values side by side, z, b, a.
  ///   - positions: `[T]` each row's place in its sequence.
  ///   - sequenceStarts: `[sequences + 1]`
  ///   - room: `[T, roomColumns]`
  ///   - o: `[T, valueWidth]`, before norm and gate.
  public func forward(
    _ w: Worker, inputs: Rows, positions: UnsafePointer<Int32>, sequenceStarts: UnsafePointer<Int32>, sequences: Int,
    room: Rows, into o: Rows
  ) {
    prepare(w, inputs: inputs, positions: positions, room: room)
    let size = panels * panelSize
    let scratch = w.scratch(floats: size + 2 * Self.panel)
    w.claimShards(sequences * valueHeads) { shard in
      let (sequence, head) = (shard / valueHeads, shard % valueHeads)
      let start = Int(sequenceStarts[sequence])
      scratch.update(repeating: 0, count: size)
      scan(
        head, room: room, count: Int(sequenceStarts[sequence + 1]) - start, row: { start + $0 }, state: scratch,
        into: o, first: 0, scratch: scratch + size)
    }
  }
}
