import Kernels
import Testing

/// Attention that stores the new token's keys and values itself does what three operations one after the other do.
@Suite struct NewKeysAndValuesTests {
  /// A short cache, and one that is cut into parts.
  @Test(arguments: [true, false], [7, 300]) func sameBitsAsOneAfterTheOther(turns: Bool, longest: Int) {
    let shape = AttentionShape(heads: 6, kvHeads: 3, headSize: 10)
    let (queryWidth, width) = (60, 30)
    let lengths: [Int32] = [Int32(longest), 1]
    let table = RoPETable(headSize: 10, theta: 10_000, maxPositions: longest)
    var random = TestRandom(21)
    let (q, k, v) = (random.floats(2 * queryWidth), random.floats(2 * width), random.floats(2 * width))
    let (oldKeys, oldValues) = (random.floats(2 * longest * width), random.floats(2 * longest * width))

    func decoded(together: Bool, threads: Int) -> [[Float]] {
      let (queries, keys, values) = (FloatBuffer(q), FloatBuffer(k), FloatBuffer(v))
      let (allKeys, allValues) = (FloatBuffer(oldKeys), FloatBuffer(oldValues))
      let out = FloatBuffer(count: 2 * queryWidth)
      let views = (0..<2).map {
        KVView(
          keys: allKeys.pointer + $0 * longest * width, values: allValues.pointer + $0 * longest * width, stride: width,
          headStride: 10)
      }
      let positions = lengths.map { $0 - 1 }
      views.withUnsafeBufferPointer { views in
        lengths.withUnsafeBufferPointer { lengths in
          positions.withUnsafeBufferPointer { positions in
            let caches = Pointer(views.baseAddress.unsafelyUnwrapped)
            let counts = Pointer(lengths.baseAddress.unsafelyUnwrapped)
            let places = Pointer(positions.baseAddress.unsafelyUnwrapped)
            let (qRows, kRows, vRows) = (queries.rows(2, queryWidth), keys.rows(2, width), values.rows(2, width))
            WorkerTeam(threads: threads).run { w in
              if together {
                Attention.decode(
                  w, q: qRows, new: NewKeysAndValues(keys: kRows, values: vRows, table: turns ? table : nil),
                  caches: caches.value, lengths: counts.value, into: out.rows(2, queryWidth), shape: shape)
                return
              }
              if turns {
                for x in [qRows, kRows] {
                  RoPE.apply(w, x: x, headSize: 10, positions: places.value, table: table, inverse: false)
                }
              }
              if w.index == 0 {
                for n in 0..<2 {
                  let place = Int(places.value[n]) * width
                  (caches.value[n].keys + place).update(from: kRows.row(n), count: width)
                  (caches.value[n].values + place).update(from: vRows.row(n), count: width)
                }
              }
              w.barrier()
              Attention.decode(
                w, q: qRows, caches: caches.value, lengths: counts.value, into: out.rows(2, queryWidth), shape: shape)
            }
          }
        }
      }
      return [out.array, allKeys.array, allValues.array]
    }
    let wanted = decoded(together: false, threads: 1)
    for threads in 1...3 {
      let got = decoded(together: true, threads: threads)
      for (one, other) in zip(got, wanted) { #expect(one.map(\.bitPattern) == other.map(\.bitPattern)) }
    }
  }
}
