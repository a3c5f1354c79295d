package chat.samara.client.device;

import chat.samara.wire.identity.DeviceId;
import java.util.List;
import java.util.Optional;

/**
 * How a registered device comes back to a server that says it does not know it: one that was restored from a copy older than the device, or than
 * its newest key. One way is tried after the other, each on a connection of its own. First the places of those that this device was before, the
 * newest first: the member's identity key, which has certified both, gives a right to them. Then, if a person has brought an invite, the
 * account is opened anew under the same keys, so that those whom this person talks to see nobody new. In memory only: after a restart it
 * begins again with a plain login.
 */
final class Readmission {
    /** 0 is the plain login. */
    private int way;

    /** The place that is asked for; empty where none is. */
    Optional<DeviceId> placeOf(OwnIdentity own) {
        List<DeviceId> former = own.formerDevices();
        return way >= 1 && way <= former.size() ? Optional.of(former.get(way - 1)) : Optional.empty();
    }

    /** Whether the account is to be opened anew. */
    boolean isAnew(OwnIdentity own) {
        return way > own.formerDevices().size() && own.isInvited();
    }

    /** The present way has failed. Returns whether there is another; if not, the next try begins from the first. */
    boolean next(OwnIdentity own) {
        int last = own.formerDevices().size() + (own.isInvited() ? 1 : 0);
        if (way >= last) {
            way = 0;
            return false;
        }
        way++;
        return true;
    }

    /** Whether something else than the plain login was tried. */
    boolean isUnderWay() {
        return way > 0;
    }

    /** The next try begins from the first. */
    void reset() {
        way = 0;
    }
}
