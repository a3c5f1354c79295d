package chat.samara.client.device;

import chat.samara.client.refusal.Refusal;
import java.util.Optional;

/**
 * A change of a channel that this device was asked for and that is not in the log, as far as the log was read.
 *
 * @param change what is wanted
 * @param handedOver whether the server has it, or may have it, so that it cannot be taken back any more: it may even be in the log already, where
 *     only the answer was lost
 * @param why of an addition: why its member's server gave no keys when it was asked last, in this life of the client; empty for all else
 */
public record WaitingChange(Change change, boolean handedOver, Optional<Refusal> why) {}
