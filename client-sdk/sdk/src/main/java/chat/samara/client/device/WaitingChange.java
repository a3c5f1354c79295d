package chat.samara.client.device;

/**
 * A change of a channel that this device was asked for and that is not in the log, as far as the log was read.
 *
 * @param change what is wanted
 * @param handedOver whether the server has it, or may have it, so that it cannot be taken back any more: it may even be in the log already, where
 *     only the answer was lost
 */
public record WaitingChange(Change change, boolean handedOver) {}
