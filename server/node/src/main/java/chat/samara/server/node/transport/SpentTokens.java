package chat.samara.server.node.transport;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which return tokens were shown. Each is good once: it travels in the clear, and whoever copies one, and shows it again and again, would else use up what is kept for
 * the device itself.
 *
 * <p>Of one device so many are remembered. If that is not enough, those that were given first are forgotten, and from then on all count as shown that were given in
 * the same hour or before: so whoever has copied more of them than are remembered has nothing of it, and the device has newer ones from its next login. Of too many
 * devices, the one that has shown nothing for longest is forgotten; after a start, all.
 *
 * <p>Not thread-safe: {@link ConnectionGate} locks.
 */
final class SpentTokens {
    private final Map<Long, OfDevice> byDevice = new LinkedHashMap<>(16, 0.75f, true);

    private static final class OfDevice {
        private long[] numbers = new long[4];
        private int[] hours = new int[4];
        private int count;
        private int throughHour = Integer.MIN_VALUE;

        boolean spend(ShownToken token) {
            if (isSpent(token)) {
                return false;
            }
            if (count == TransportLimits.SPENT_TOKENS_PER_DEVICE_MAX) {
                forgetFirst();
                if (isSpent(token)) {
                    return false;
                }
            }
            if (count == numbers.length) {
                numbers = Arrays.copyOf(numbers, 2 * count);
                hours = Arrays.copyOf(hours, 2 * count);
            }
            numbers[count] = token.number();
            hours[count] = token.hour();
            count++;
            return true;
        }

        private boolean isSpent(ShownToken token) {
            if (token.hour() <= throughHour) {
                return true;
            }
            for (int i = 0; i < count; i++) {
                if (numbers[i] == token.number()) {
                    return true;
                }
            }
            return false;
        }

        private void forgetFirst() {
            throughHour = Arrays.stream(hours, 0, count).min().orElseThrow();
            int kept = 0;
            for (int i = 0; i < count; i++) {
                if (hours[i] > throughHour) {
                    numbers[kept] = numbers[i];
                    hours[kept] = hours[i];
                    kept++;
                }
            }
            count = kept;
        }
    }

    /** A token is shown. Returns whether it was not shown before, as far as is remembered. */
    boolean spend(ShownToken token) {
        boolean isFresh =
                byDevice.computeIfAbsent(token.device(), it -> new OfDevice()).spend(token);
        if (byDevice.size() > TransportLimits.DEVICES_WITH_SPENT_TOKENS_MAX) {
            byDevice.remove(byDevice.keySet().iterator().next());
        }
        return isFresh;
    }
}
