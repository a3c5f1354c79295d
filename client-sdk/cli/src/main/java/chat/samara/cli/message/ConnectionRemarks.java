package chat.samara.cli.message;

import chat.samara.client.device.ClientEvent;
import chat.samara.client.device.ConnectionState;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import java.util.Optional;

/**
 * What is said of the connection to one who follows: that it is gone and why, once, however often it is tried again, and that it is back. Nothing
 * before the first try is over: how that ends, whoever waits for it says.
 */
public final class ConnectionRemarks {
    private boolean follows;
    private Optional<RefusalCode> said = Optional.empty();

    /**
     * The first try is over: from now on, what changes is said.
     *
     * @param problem what was said of that try
     */
    public synchronized void follow(Optional<Refusal> problem) {
        follows = true;
        said = problem.map(Refusal::code);
    }

    /** What to say now. */
    public synchronized Optional<String> changed(ClientEvent.ConnectionChanged changed) {
        Optional<RefusalCode> before = said;
        if (!follows) {
            return Optional.empty();
        }
        if (changed.state() == ConnectionState.ONLINE) {
            said = Optional.empty();
            return before.map(code -> "connected again");
        }
        Optional<Refusal> problem = changed.problem().filter(it -> it.code() != RefusalCode.DEVICE_REPLACED);
        if (problem.isEmpty() || before.equals(problem.map(Refusal::code))) {
            return Optional.empty();
        }
        said = problem.map(Refusal::code);
        return problem.map(it -> "not connected: " + it.sentence() + "; trying again");
    }
}
