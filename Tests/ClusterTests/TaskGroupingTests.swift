import Cluster
import Testing

@Suite struct TaskGroupingTests {
  @Test func tasksAreFilledInOrder() {
    #expect(TaskGrouping.tasks([300, 300, 300, 300], least: 600) == [[0, 1], [2, 3]])
    // What is left over joins the last task: each takes at least so long.
    #expect(TaskGrouping.tasks([300, 300, 300, 300, 100], least: 600) == [[0, 1], [2, 3, 4]])
    #expect(TaskGrouping.tasks([700, 10, 700], least: 600) == [[0], [1, 2]])
    #expect(TaskGrouping.tasks([], least: 600).isEmpty)
  }

  @Test func aShortStudyIsOneTask() {
    #expect(TaskGrouping.tasks([1, 2, 3], least: 600) == [[0, 1, 2]])
  }

  @Test func whatIsNotEstimatedIsATaskOfItsOwn() {
    #expect(TaskGrouping.tasks([nil, 1, nil, 2], least: 600) == [[0], [2], [1, 3]])
    #expect(TaskGrouping.tasks([600, nil, 5], least: 600) == [[0, 2], [1]])
  }

  /// Every run once, whatever its length is.
  @Test func everyRunIsInOneTask() {
    for least in [0.0, 1, 60, 1e9] {
      let seconds = (0..<1000).map { $0 % 7 == 0 ? nil : Double(($0 * 7919) % 400) }
      let tasks = TaskGrouping.tasks(seconds, least: least)
      #expect(tasks.joined().sorted() == Array(0..<1000))
      let known = tasks.filter { $0.allSatisfy { seconds[$0] != nil } }
      let sums = known.map { $0.reduce(0) { $0 + (seconds[$1] ?? 0) } }
      #expect(known.count == 1 || sums.allSatisfy { $0 >= least })
    }
  }

  @Test func rangesAreThoseOfSbatch() {
    #expect(TaskGrouping.ranges([0, 1, 2, 3]) == "0-3")
    #expect(TaskGrouping.ranges([7, 0, 1, 3, 4]) == "0-1,3-4,7")
    #expect(TaskGrouping.ranges([5]) == "5")
    #expect(TaskGrouping.ranges([]) == "")
  }

  @Test func noIndexReachesWhatTheSchedulerAllows() {
    let arrays = TaskGrouping.arrays([0, 999, 1000, 1001, 2500], size: 1000)
    #expect(arrays.map(\.first) == [0, 1000, 2000])
    #expect(arrays.map(\.tasks) == [[0, 999], [1000, 1001], [2500]])
    #expect(arrays.allSatisfy { array in array.tasks.allSatisfy { (0..<1000).contains($0 - array.first) } })
  }
}
