package chat.samara.server.core.harness;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.ServerFrame;

/** What tests say about answers. */
public final class Expect {
    private Expect() {}

    /** The answer is this error. */
    public static Error error(ServerFrame answer, ErrorCode code) {
        assertThat(answer.getBodyCase()).as(answer.toString()).isEqualTo(ServerFrame.BodyCase.ERROR);
        assertThat(answer.getError().getCode()).as(answer.toString()).isEqualTo(code);
        assertThat(answer.getError().getReason()).isNotBlank();
        return answer.getError();
    }

    /** The answer is a receipt of this status. */
    public static Receipt receipt(ServerFrame answer, ReceiptStatus status) {
        assertThat(answer.getBodyCase()).as(answer.toString()).isEqualTo(ServerFrame.BodyCase.RECEIPT);
        assertThat(answer.getReceipt().getStatus()).as(answer.toString()).isEqualTo(status);
        return answer.getReceipt();
    }

    /** The answer is a durable rejection for this reason. */
    public static Receipt rejected(ServerFrame answer, ErrorCode code) {
        Receipt receipt = receipt(answer, ReceiptStatus.REJECTED);
        assertThat(receipt.getError().getCode()).as(answer.toString()).isEqualTo(code);
        return receipt;
    }

    /** No event met a bug. */
    public static void sound(TestServer... servers) {
        for (TestServer server : servers) {
            assertThat(server.core().figures().faults())
                    .as(server.name() + " met bugs")
                    .isZero();
        }
    }
}
