package chat.samara.systemtests.demo;

/** The story cannot go on: one sentence that says where and why. A check that does not hold is not a failure of this kind. */
final class DemoFailure extends Exception {
    private static final long serialVersionUID = 1L;

    DemoFailure(String sentence) {
        super(sentence);
    }

    DemoFailure(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
