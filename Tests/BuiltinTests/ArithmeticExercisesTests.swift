import Builtin
import Testing

@Suite struct ArithmeticExercisesTests {
  @Test func worksOutTheDigits() {
    #expect(ArithmeticExercises.sum(27, 15) == " : 7 + 5 = 12, 2 + 1 + 1 = 4, 42\n")
    #expect(ArithmeticExercises.difference(42, 15) == " : 12 - 5 = 7, 4 - 1 - 1 = 2, 27\n")
    #expect(ArithmeticExercises.sum(9, 1) == " : 9 + 1 = 10, 10\n")
  }
}
