package chat.samara.cli.message;

import chat.samara.cli.NextCommand;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.device.OldState;
import java.util.Optional;

/** What a person has to know of this very device, whatever the command. */
public final class DeviceSentence {
    private DeviceSentence() {}

    /** Empty for events that are about something else. */
    public static Optional<String> of(ClientEvent event, NextCommand next) {
        if (event instanceof ClientEvent.ClocksDiffer differ) {
            return Optional.of(ClockSentence.of(differ));
        } else if (event instanceof ClientEvent.OldStateNoticed noticed) {
            return Optional.of(
                    noticed.sign() == OldState.KEY_USED_TWICE
                            ? "A copy of this profile has sent something under a key that this one had used, so that nobody could read what you wrote: it"
                                    + " is sent again. This profile goes on as a new device and returns to its channels."
                            : "This profile is older than what was sent from it: it was restored from a backup, or copied. "
                                    + "It goes on as a new device and returns to its channels; nothing that you write is lost.");
        } else if (event instanceof ClientEvent.DeviceReplaced replaced) {
            return Optional.of("Another copy of this profile goes on in this one's place, as device " + replaced.by()
                    + noticed(replaced)
                    + ". Use that one. If it is lost, or not yours: " + next.line("device take-over"));
        } else if (event instanceof ClientEvent.ChannelNotFounded never) {
            return Optional.of("The channel " + never.name() + " could not be made: "
                    + never.refusal().sentence() + ". It can be made again: " + next.line("channel create NAME"));
        }
        return Optional.empty();
    }

    private static String noticed(ClientEvent.DeviceReplaced replaced) {
        return replaced.noticedMillis().isPresent()
                ? " (this one heard of it on "
                        + SeenKeyWords.day(replaced.noticedMillis().getAsLong()) + ")"
                : "";
    }
}
