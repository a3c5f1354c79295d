package chat.samara.server.core.account;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.UserDevice;
import java.util.Optional;

/**
 * A registered device.
 *
 * @param who the member and the device
 * @param identityKey the member's identity key, as the certificate gives it
 * @param signatureKey the device's MLS signature key
 * @param certificate an encoded DeviceCertificate
 * @param replacedBy the device in its place, if it was struck off
 */
public record Device(
        UserDevice who, Bytes identityKey, Bytes signatureKey, Bytes certificate, Optional<DeviceId> replacedBy) {}
