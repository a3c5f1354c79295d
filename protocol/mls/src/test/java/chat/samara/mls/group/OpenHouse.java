package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.credential.OutsideRequest;

/** Accepts every credential, and admits whoever comes from outside. */
class OpenHouse implements AuthenticationService {
    @Override
    public boolean accepts(Credential credential, Bytes signatureKey) {
        return true;
    }

    @Override
    public boolean admits(OutsideRequest request, Credential credential, Bytes signatureKey) {
        return true;
    }
}
