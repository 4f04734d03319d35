import Foundation
import Kernels
import Testing

@Suite struct ActivationTests {
  @Test(arguments: ActivationKind.allCases, [[1, 1], [7, 5], [13, 33], [40, 704]])
  func gatedAndAlone(kind: ActivationKind, shape: [Int]) {
    let (t, d) = (shape[0], shape[1])
    var random = TestRandom(13)
    let gate = random.buffer(t * d, in: -20...20)
    let up = random.buffer(t * d)
    let dy = random.buffer(t * d)
    let got = sameBits { team in
      let out = FloatBuffer(count: t * d)
      // The gradients lie where the inputs lay.
      let dGate = FloatBuffer(gate.array)
      let dUp = FloatBuffer(up.array)
      let alone = FloatBuffer(gate.array)
      let dx = FloatBuffer(dy.array)
      team.run { w in
        GatedActivation.forward(w, kind: kind, gate: gate.rows(t, d), up: up.rows(t, d), into: out.rows(t, d))
        GatedActivation.backward(
          w, kind: kind, dy: dy.rows(t, d), gate: dGate.rows(t, d), up: dUp.rows(t, d), dGate: dGate.rows(t, d),
          dUp: dUp.rows(t, d))
        Activation.forward(w, kind: kind, x: alone.rows(t, d), into: alone.rows(t, d))
        Activation.backward(w, kind: kind, dy: dx.rows(t, d), x: gate.rows(t, d), into: dx.rows(t, d))
      }
      return [out, dGate, dUp, alone, dx].flatMap(\.array)
    }
    let reference = ReferenceActivation(kind: kind)
    let (g, u, dOut) = (gate.array.doubles, up.array.doubles, dy.array.doubles)
    let wanted = [
      ("out", zip(g, u).map { reference.value($0) * $1 }),
      ("dGate", g.indices.map { dOut[$0] * u[$0] * reference.slope(g[$0]) }),
      ("dUp", zip(g, dOut).map { reference.value($0) * $1 }),
      ("alone", g.map(reference.value)),
      ("dx", zip(g, dOut).map { reference.slope($0) * $1 }),
    ]
    for (i, (name, values)) in wanted.enumerated() {
      expectClose(Array(got[i * t * d..<(i + 1) * t * d]), values, name)
    }
  }

  @Test(arguments: ActivationKind.allCases) func referenceAgreesWithFiniteDifferences(kind: ActivationKind) {
    var random = TestRandom(14)
    let x = random.floats(50, in: -6...6).doubles
    let reference = ReferenceActivation(kind: kind)
    expectGradient(x.map(reference.slope), of: { $0.map(reference.value).reduce(0, +) }, at: x)
  }

  /// Every value by itself: an error that a large neighbour would hide shows.
  @Test(arguments: ActivationKind.allCases) func smallAndLargeValuesAreExactToFP32(kind: ActivationKind) {
    let x: [Float] = [0, 1e-30, -1e-30, 1e-4, -1e-4, 0.01, -0.3, 0.7, 1.5, -2.5, 4, -4, 9, 40, 1e4, 1e20]
    let out = FloatBuffer(x)
    WorkerTeam(threads: 1).run { Activation.forward($0, kind: kind, x: out.rows(1, 16), into: out.rows(1, 16)) }
    for (x, y) in zip(x, out.array) {
      let wanted = ReferenceActivation(kind: kind).value(Double(x))
      // GELU's tail comes from a fit.
      #expect(abs(Double(y) - wanted) <= 4e-6 * abs(wanted) + 1e-37, "\(kind) of \(x): \(y), not \(wanted)")
    }
    let far = FloatBuffer([-100, -1e4, -1e20])
    WorkerTeam(threads: 1).run { Activation.forward($0, kind: kind, x: far.rows(1, 3), into: far.rows(1, 3)) }
    for y in far.array { #expect(abs(y) < 1e-17, "\(kind): \(y)") }
  }

  @Test(arguments: [1, 33, 704]) func softCap(d: Int) {
    var random = TestRandom(19)
    let x = FloatBuffer(
      random.floats(5 * d, in: -120...120).enumerated().map { i, x in i % 3 == 0 ? x / 1000 : x })
    let got = sameBits { team in
      let y = FloatBuffer(x.array)
      team.run { SoftCap.apply($0, x: y.rows(5, d), cap: 30) }
      return y.array
    }
    for (x, y) in zip(x.array, got) {
      let wanted = 30 * tanh(Double(x) / 30)
      #expect(abs(Double(y) - wanted) <= 4e-7 * abs(wanted), "\(x): \(y), not \(wanted)")
    }
  }
}
