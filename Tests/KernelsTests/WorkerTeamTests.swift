import Foundation
import Kernels
import Testing

@Suite struct WorkerTeamTests {
  @Test(arguments: [1, 2, 3, 8]) func everyWorkerWalksTheRegion(threads: Int) {
    let team = WorkerTeam(threads: threads)
    let seen = FloatBuffer(count: threads)
    for _ in 0..<10 {
      team.run { w in
        for _ in 0..<20 {
          w.barrier()
          seen.pointer[w.index] += 1
          w.barrier()
        }
      }
    }
    #expect(seen.array.allSatisfy { $0 == 200 })
  }

  /// Who waits for long goes to sleep, and is woken.
  @Test(arguments: [2, 3, 5]) func aLateWorkerIsAwaited(threads: Int) {
    let team = WorkerTeam(threads: threads)
    let seen = FloatBuffer(count: threads)
    team.run { w in
      for round in 0..<4 {
        if w.index == round % w.count {
          usleep(5000)
          seen.pointer[0] += 1
        }
        w.barrier()
        if w.index == 1 { seen.pointer[1] = seen.pointer[0] }
        w.barrier()
      }
    }
    #expect(seen.pointer[0] == 4 && seen.pointer[1] == 4)
  }

  @Test(arguments: [1, 2, 3, 5]) func everyShardRunsOnce(threads: Int) {
    let team = WorkerTeam(threads: threads)
    let dealt = FloatBuffer(count: 97)
    let claimed = FloatBuffer(count: 97)
    team.run { w in
      for _ in 0..<10 {
        w.forEachShard(97) { dealt.pointer[$0] += 1 }
        w.claimShards(97) { claimed.pointer[$0] += 1 }
        w.claimShards(0) { claimed.pointer[$0] += 1 }
      }
    }
    #expect(dealt.array.allSatisfy { $0 == 10 })
    #expect(claimed.array.allSatisfy { $0 == 10 })
  }

  @Test func scratchGrowsAndIsAligned() {
    let team = WorkerTeam(threads: 2)
    let aligned = FloatBuffer(count: 2)
    team.run { w in
      var good: Float = 1
      for size in [1, 100, 100_000] {
        let memory = w.scratch(floats: size)
        memory[size - 1] = 1
        if UInt(bitPattern: memory) % 64 != 0 { good = 0 }
      }
      aligned.pointer[w.index] = good
    }
    #expect(aligned.array == [1, 1])
  }

  @Test func teamsOfSeveralCallersTakeTurns() async {
    let team = WorkerTeam(threads: 2)
    let counter = FloatBuffer(count: 1)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<25 { team.run { w in if w.index == 0 { counter.pointer[0] += 1 } } }
        }
      }
    }
    #expect(counter.pointer[0] == 100)
  }

  /// What the choice of how many runs fit at once counts.
  @Test func scratchBytesGrowWithWhatIsAskedFor() {
    let team = WorkerTeam(threads: 2)
    #expect(team.scratchBytes == 0)
    team.run { w in
      _ = w.scratch(floats: 10_000)
      w.barrier()
      _ = w.sharedScratch(floats: 50_000)
    }
    #expect(team.scratchBytes >= 4 * (2 * 10_000 + 50_000) && team.scratchBytes < 8 * (2 * 10_000 + 50_000))
  }
}
