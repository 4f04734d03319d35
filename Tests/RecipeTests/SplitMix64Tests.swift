import Recipe
import Testing

@Suite struct SplitMix64Tests {
  @Test func referenceSequence() {
    // The first outputs for seed 1234567, as in the published C code.
    var generator = SplitMix64(seed: 1_234_567)
    #expect(generator.next() == 6_457_827_717_110_365_317)
    #expect(generator.next() == 3_203_168_211_198_807_973)
    #expect(generator.next() == 9_817_491_932_198_370_423)
  }

  @Test func permutationHoldsEachNumberOnce() {
    var generator = SplitMix64(seed: 3, stream: 5)
    let order = generator.permutation(101)
    #expect(order.sorted() == Array(0..<101))
    #expect(order != Array(0..<101))
    var again = SplitMix64(seed: 3, stream: 5)
    #expect(again.permutation(101) == order)
    var other = SplitMix64(seed: 3, stream: 6)
    #expect(other.permutation(101) != order)
  }

  @Test func integersAreUniform() {
    var generator = SplitMix64(seed: 1)
    var counts = [0, 0, 0, 0, 0]
    for _ in 0..<50_000 { counts[generator.below(5)] += 1 }
    // Five standard deviations of a binomial with p = 1/5.
    #expect(counts.allSatisfy { abs($0 - 10_000) < 450 })
    var low = 1.0
    var high = 0.0
    for _ in 0..<10_000 {
      let value = generator.uniform()
      low = min(low, value)
      high = max(high, value)
    }
    #expect(low >= 0 && low < 0.01 && high < 1 && high > 0.99)
  }
}
