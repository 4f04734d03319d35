/// The gradient of a gated delta rule: of what goes into it, by what came out.
extension GatedDelta {
  /// Ends with a barrier.
  ///
  /// - Parameters:
  ///   - dy: `[T, valueWidth]` the gradient of what `finish` gave; is used as room.
  ///   - o: `[T, valueWidth]` what `forward` gave.
  ///   - inputs, positions, sequenceStarts, room: as `forward` had them; what was in `room` is not needed.
  ///   - inverseRMS: `[T, valueHeads]` room.
  ///   - gradient: `[T, inputs]`, receives the gradient of the inputs. Taps, rates and norm get none.
  public func backward(
    _ w: Worker, dy: Rows, o: Rows, inputs: Rows, positions: UnsafePointer<Int32>,
    sequenceStarts: UnsafePointer<Int32>, sequences: Int, room: Rows, inverseRMS: UnsafeMutablePointer<Float>,
    into gradient: Rows
  ) {
    prepare(w, inputs: inputs, positions: positions, room: room)
    let (z, dz) = (parts(inputs).z, parts(gradient).z)
    RMSNorm.forward(
      w, x: o, heads: valueHeads, weight: norm.pointer, epsilon: epsilon, into: dz, inverseRMS: inverseRMS)
    GatedActivation.backward(w, kind: .silu, dy: dy, gate: z, up: dz, dGate: dz, dUp: dy)
    RMSNorm.backward(
      w, dy: dy, x: o, heads: valueHeads, weight: norm.pointer, inverseRMS: inverseRMS, into: dy, accumulate: false,
      dWeight: nil)
    let lengths = (0..<sequences).map { Int(sequenceStarts[$0 + 1] - sequenceStarts[$0]) }
    let scratch = w.scratch(floats: lengths.map(backwardRoom).max() ?? 0)
    w.claimShards(sequences * keyHeads) { shard in
      let sequence = shard / keyHeads
      backward(
        shard % keyHeads, dO: dy, inputs: inputs, room: room, first: Int(sequenceStarts[sequence]),
        count: lengths[sequence], into: gradient, scratch: scratch)
    }
    convolutionGradient(w, inputs: inputs, positions: positions, room: room, into: gradient)
  }

  /// Tokens of a chunk in the backward pass.
  private func chunk(_ count: Int) -> Int { max(8, Int(Double(count).squareRoot().rounded(.up))) }

  private func backwardRoom(_ count: Int) -> Int {
    let chunk = chunk(count)
    let states = (count + chunk - 1) / chunk + chunk + 2
    return states * panelSize + (chunk + 1) * 2 * Self.panel
  }

  /// One sequence of the heads that share a key.
  private func backward(
    _ head: Int, dO: Rows, inputs: Rows, room: Rows, first: Int, count: Int, into gradient: Rows,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let m = Microkernel.table
    let share = valueHeads / keyHeads
    let key = head * keySize
    let (dB, dA) = (parts(gradient).b, parts(gradient).a)
    for t in first..<first + count {
      for start in [key, keyWidth + key] { (gradient.row(t) + start).update(repeating: 0, count: keySize) }
      for own in head * share..<(head + 1) * share { (dA.row(t)[own], dB.row(t)[own]) = (0, 0) }
    }
    let chunk = chunk(count)
    let chunks = (count + chunk - 1) / chunk
    let (befores, states) = (scratch, scratch + chunks * panelSize)
    let dState = states + (chunk + 1) * panelSize
    let (memories, scalars) = (dState + panelSize, dState + panelSize + chunk * 2 * Self.panel)
    for own in head * share..<(head + 1) * share {
      for panel in 0..<panels {
        let start = own * valueSize + panel * Self.panel
        let columns = min(Self.panel, valueSize - panel * Self.panel)
        func step(_ t: Int, _ from: UnsafeMutablePointer<Float>, _ to: UnsafeMutablePointer<Float>, _ place: Int) {
          let x = room.row(t)
          let kept = memories + place * 2 * Self.panel
          m.deltaStep(
            keySize, from, to, x[channels + own], x[channels + valueHeads + own], x + keyWidth + key, nil,
            x + 2 * keyWidth + start, columns, kept, kept + Self.panel, nil)
        }
        states.update(repeating: 0, count: panelSize)
        for index in 0..<chunks {
          (befores + index * panelSize).update(from: states, count: panelSize)
          guard index < chunks - 1 else { break }
          for t in index * chunk..<(index + 1) * chunk { step(first + t, states, states, 0) }
        }
        dState.update(repeating: 0, count: panelSize)
        for index in (0..<chunks).reversed() {
          let tokens = index * chunk..<min(count, (index + 1) * chunk)
          states.update(from: befores + index * panelSize, count: panelSize)
          for (place, t) in tokens.enumerated() {
            step(first + t, states + place * panelSize, states + (place + 1) * panelSize, place)
          }
          for (place, t) in tokens.enumerated().reversed() {
            let row = first + t
            let (x, dx) = (room.row(row), gradient.row(row))
            let kept = memories + place * 2 * Self.panel
            (scalars[0], scalars[1]) = (0, 0)
            m.deltaGradient(
              keySize, states + place * panelSize, dState, x[channels + own], x[channels + valueHeads + own],
              x + keyWidth + key, x + key, x + 2 * keyWidth + start, columns, kept, kept + Self.panel,
              dO.row(row) + start, dx + key, dx + keyWidth + key, dx + 2 * keyWidth + start, scalars)
            dA.row(row)[own] += scalars[0]
            dB.row(row)[own] += scalars[1]
          }
        }
      }
    }
    let a = parts(inputs).a
    for t in first..<first + count {
      lengths(head, room: room.row(t), gradient: gradient.row(t))
      for own in head * share..<(head + 1) * share {
        (dA.row(t)[own], dB.row(t)[own]) = gates(
          own, dDecay: dA.row(t)[own], dBeta: dB.row(t)[own], a: a.row(t)[own], room: room.row(t))
      }
    }
  }

  /// From the gradient of what was convolved, in place, to that of what went in. Ends with a barrier.
  private func convolutionGradient(
    _ w: Worker, inputs: Rows, positions: UnsafePointer<Int32>, room: Rows, into gradient: Rows
  ) {
    let m = Microkernel.table
    let all = stretches.flatMap { $0 }
    let sums = w.scratch(floats: channels)
    Shards.forEachRow(w, rows: inputs.rows, columns: inputs.columns) { t in
      for (start, count) in all {
        m.gatedConvolution(
          inputs.row(t) + start, -inputs.stride, nil, 0, taps.pointer + width * start,
          min(width, Int(positions[t]) + 1), ones.pointer, sums + start, count)
      }
      m.activationGradient(0, gradient.row(t), sums, nil, room.row(t), nil, channels)
    }
    Shards.forEachRow(w, rows: inputs.rows, columns: inputs.columns) { t in
      var later = 1
      while later < width, t + later < inputs.rows, Int(positions[t + later]) == Int(positions[t]) + later {
        later += 1
      }
      for (start, count) in all {
        m.gatedConvolution(
          room.row(t) + start, room.stride, nil, 0, taps.pointer + width * start, later, ones.pointer,
          gradient.row(t) + start, count)
      }
    }
  }
}
