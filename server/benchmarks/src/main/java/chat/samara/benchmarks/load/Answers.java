package chat.samara.benchmarks.load;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.ServerFrame;
import java.util.function.Predicate;

/** What a server has to answer while a village is made. */
final class Answers {
    private Answers() {}

    static void require(ServerFrame answer, Predicate<ServerFrame> expected, String doing) throws BenchFailure {
        if (!expected.test(answer)) {
            throw new BenchFailure(doing + " was refused: "
                    + (answer.hasError() ? answer.getError().getReason() : answer));
        }
    }

    /** The place in the log that a record has got. */
    static long requireOrdered(ServerFrame answer, String doing) throws BenchFailure {
        require(answer, ServerFrame::hasReceipt, doing);
        if (answer.getReceipt().getStatus() != ReceiptStatus.ORDERED) {
            throw new BenchFailure(doing + " is " + answer.getReceipt().getStatus() + ": "
                    + answer.getReceipt().getError().getReason());
        }
        return answer.getReceipt().getSeq();
    }
}
