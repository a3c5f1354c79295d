package chat.samara.wire.identity;

/** One device of one member. */
public record UserDevice(UserId user, DeviceId device) implements Comparable<UserDevice> {
    @Override
    public int compareTo(UserDevice other) {
        int byUser = user.compareTo(other.user);
        return byUser != 0 ? byUser : device.compareTo(other.device);
    }

    @Override
    public String toString() {
        return user + "/" + device;
    }
}
