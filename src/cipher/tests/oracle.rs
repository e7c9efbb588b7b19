//! Every value of a file that SOPS 3.13.1 wrote, in the order of the file: additional data, ciphertext, canonical text.
//!
//! The file held every way to write a scalar in YAML; nulls and empty texts have no ciphertext and are not here.

use crate::secret::DataKey;

/// The data key, which was wrapped for a throwaway age identity.
pub(super) fn key() -> DataKey {
    DataKey::from_bytes(&[
        0x4f, 0x98, 0xec, 0xe3, 0x08, 0xcf, 0x99, 0x73, 0x71, 0x7d, 0x43, 0xf4, 0xe4, 0xbe, 0x2d,
        0x78, 0x42, 0x8e, 0xf9, 0x1d, 0xb7, 0xd1, 0x18, 0xce, 0xf0, 0x26, 0xdb, 0x9e, 0x7d, 0x05,
        0x7a, 0x79,
    ])
    .unwrap()
}

pub(super) const LASTMODIFIED: &str = "2026-11-21T01:34:34Z";

pub(super) const MAC: &str = "ENC[AES256_GCM,data:2sQG/IFWHKoS485CeOsuaqN7cvr+kjbdnGDZ+WlxfZcf4YdldbIM+Nsw7OKr2/iCx6SH/bBYMDBDE9h9PgwXlDY/zXckMnNcbMJ0digLpil9UZ2RJfDXFSCXDCNbyCzVd7gwEktWXf+zddpAR1w3f1qK4RZwx4n22ytpsLJtCYI=,iv:lQVelCXfq1pzXqWcq9luEp3CpDBuKlqBKtMeHV1ZjZI=,tag:vtQtVNC6J1ux55W+C8u+eQ==,type:str]";

#[rustfmt::skip]
pub(super) const VALUES: [(&str, &str, &str); 47] = [
    ("str:", "ENC[AES256_GCM,data:q9NvYZQExve3a9o=,iv:cEmzEOUcZMSRu2PLlNkBjHzz+q+BhpZFAzZxhWzz8Dc=,tag:dggm3j4K8j7ptjM5e/OrAg==,type:str]", "hello world"),
    ("int:", "ENC[AES256_GCM,data:/6k=,iv:M5qUwLuKeO6iMb0mF1qY1eYHhqDXXqM7qrJU250rCHI=,tag:C7zj+MM47kO8jIVADP4jIg==,type:int]", "42"),
    ("negint:", "ENC[AES256_GCM,data:NUE=,iv:sowfnqGETodYcZftwOklzBQ4ZyJkfk0OgAZAN0OaWNk=,tag:yBh2HlOv6Nd1SA5UbVh9AA==,type:int]", "-7"),
    ("maxint:", "ENC[AES256_GCM,data:8BDWsjuu1UEUNlKzDI7Jt7AwoA==,iv:vBoTpw/J465P3ND5SIfyew9bjS4hJjmq10IrtqIUWLs=,tag:znpbcHkoXkfSpHHFnISHSQ==,type:int]", "9223372036854775807"),
    ("minint:", "ENC[AES256_GCM,data:szm+YdHJfqfldNWVjmOGURGHOQE=,iv:tbPrlkHM+URBJ5mZxmLJvGD2aidMZ6vDxRna1Y76S/8=,tag:XLdFGSGOTfsNxDm9kaf81A==,type:int]", "-9223372036854775808"),
    ("overint:", "ENC[AES256_GCM,data:0WkF9BND70cnP+JC3YvVr6YCBXA=,iv:CVruEZOiyPmhrdRmfWWJl8YSsU7vMD3ND+xEC1r4Csw=,tag:YtRV2Oa9vgsB8zet9wG3ow==,type:float]", "18446744073709552000.0"),
    ("hex:", "ENC[AES256_GCM,data:Lag=,iv:ldnUtwpbpPerLQUoEv2kOk1RA2H0E8ga3Ew4qXtF5mM=,tag:m9Ux9QfD/f59d/NvIbFKhQ==,type:int]", "31"),
    ("oct:", "ENC[AES256_GCM,data:s+4=,iv:oPqzGpw04D48lOQBeW2gChPIqwTZZqdhIUwpvpRGxw4=,tag:SyylZ/b84t05MQmi0Mx2Ww==,type:int]", "15"),
    ("oldoct:", "ENC[AES256_GCM,data:jHg=,iv:Wx0mtjVSLkxn6eM7caz/ZUiwZ2tP2BlT04VsUrB3zNU=,tag:8rc7yUuXo/m8+7+WzyCwEQ==,type:int]", "15"),
    ("notoct:", "ENC[AES256_GCM,data:MQ==,iv:bcGmyYXpZP/vX6HAv4LzIqPlsUypw/JMlAAxzumDv2Q=,tag:JZj5C34UMR7y5XwKuBH8NA==,type:float]", "8.0"),
    ("bin:", "ENC[AES256_GCM,data:ag==,iv:t5IBkc7AwIpwZjs9REt7MXJcCVLAzmuwklXUngGJfDc=,tag:OHb5o2CmnZftxC/coJVpnQ==,type:int]", "5"),
    ("under:", "ENC[AES256_GCM,data:JRtqXA==,iv:eGPnWLoXE9UqO/nzC1Zz2i1m6Iy8Ti1wBG4j7hej0/M=,tag:2iAnAzzTD94Em9Eh9I7qzw==,type:int]", "1000"),
    ("plus:", "ENC[AES256_GCM,data:36g=,iv:GSjoIlQ/5V7bxwDr20rQTX93zv/nrMefkl4jV+dSx+4=,tag:jcuRlKGr01cfpwFET5Uc5A==,type:int]", "12"),
    ("float:", "ENC[AES256_GCM,data:Om+k,iv:GaNmf7Bvg94rruq2GDeDcdt7k1zgU3kVGAN3sNQQGp0=,tag:elSTW/Z16XOzJXC1uafSjg==,type:float]", "1.5"),
    ("intfloat:", "ENC[AES256_GCM,data:Vg==,iv:uGvNlv662DynN8Gv48x3/PSkZ18gF6NisuTo306xcdg=,tag:wI3p4fZgJUC3bintlAo+Ww==,type:float]", "1.0"),
    ("exp:", "ENC[AES256_GCM,data:ZPPPAw==,iv:rJsRMuM6J9N6YP9ZMISJx6cBhV1l197V1cIQx0xnXXI=,tag:01foZQCTOcWKwiYxWftoPA==,type:float]", "1000.0"),
    ("bigexp:", "ENC[AES256_GCM,data:0rlLLXc/kQhxM+4ScWDoBuhK7DVM6A==,iv:3zM8lqBpiNDJqbFcGm09AAGajbprKxraQ0m0DJWpsFQ=,tag:4HOMZh/duXD9BY/LXYB1cA==,type:float]", "1000000000000000000000.0"),
    ("small:", "ENC[AES256_GCM,data:T0Kpx7a6laQ3,iv:TdpAWmyImmJW6J7xVXuULpDnsgCDmUNWZVG1YnL9g9k=,tag:vj9ReOFm3IJN5mkSXIUsgA==,type:float]", "0.0000001"),
    ("long:", "ENC[AES256_GCM,data:RcQv3q/778VINMYRVtEtjlry,iv:dq46GCtTVy2WjVoOdFdMb+xHfjHgoxLINxWW/nZ/cMU=,tag:kOj8LRHsBpCwHr79jadBEA==,type:float]", "123456789.12345679"),
    ("inf:", "ENC[AES256_GCM,data:VnU2uQ==,iv:2SiyX9EriwOxeItBtsw/+gdn9eFC8Bw5YVF4EiD+Xis=,tag:DoPOdLxdorhJVeACUOKITQ==,type:float]", ".inf"),
    ("ninf:", "ENC[AES256_GCM,data:Ab/ubA==,iv:TERWqbknh0wQrT8CtV4bwHuyZSsP5N30bACNb+CyVA0=,tag:1+Z9pSrvgvVdrhrmpWxmLg==,type:float]", "-.inf"),
    ("toobig:", "ENC[AES256_GCM,data:g/yO14Q=,iv:U9bb6PpN4frUsBBNzSc4NGfPJ7aDYr1xmfTGIHsLDCA=,tag:eW/4Dpk84HBZwWnjPDnIsQ==,type:str]", "1e400"),
    ("t:", "ENC[AES256_GCM,data:qyiozw==,iv:R/o6EHGvImb/3vnmOECQMFUJ83BE3UrVUoY9/2iSPn4=,tag:0TNYB7pKS6v6yRciSpC4mw==,type:bool]", "true"),
    ("T:", "ENC[AES256_GCM,data:zllKtA==,iv:J5KP6pPbbHaxXYvNBJFiYvVS4mEWxgjUXTN3hhN+AjM=,tag:7LS12Ds/mKcyzYXe2iH8ag==,type:bool]", "true"),
    ("f:", "ENC[AES256_GCM,data:juW6zjQ=,iv:J4ERMRDn+o8AiW90t4IJgjJD8FB0j5kRu5sRaJN/7Rw=,tag:EAAE4puHrtR25yr/p+gnEw==,type:bool]", "false"),
    ("yes:", "ENC[AES256_GCM,data:hByg,iv:6lnG3bK4J/yxqwoPYAz6dKt89BGF6PIRomg3Xf/jzTI=,tag:vop283akMvqQvWjsnb4cNw==,type:str]", "yes"),
    ("no:", "ENC[AES256_GCM,data:Rj0=,iv:faxQUcmLBZQLA7s/0U8gqwQBfLGniArk6ETA7oudGj8=,tag:7pPyHX80/rl7ZlfHl0pMYQ==,type:str]", "no"),
    ("date:", "ENC[AES256_GCM,data:pU261phjVhzHiY/GAGzRK5pKuOY=,iv:WPvuRljoLpWKWA89n4L0CGi4GyupmYQhXp2PwckNBow=,tag:wztKLMAXmQI6/uES44Vc6Q==,type:time]", "2024-01-01T00:00:00Z"),
    ("dt:", "ENC[AES256_GCM,data:QS1gZX+Wv6qHqJKea2OV4AvHc6uhUGot8v2E,iv:AZlCdACwlYBhtfc8Gq/PI2X++K2+hRqVD/asKsFOx1Y=,tag:IVcw9FCQ7Rmfy2r+oDhfcA==,type:time]", "2001-12-14T21:59:43.1-05:00"),
    ("dtz:", "ENC[AES256_GCM,data:oYWFk+1wAv2ifpAc9a9RiNisf6E=,iv:79+GWRvs6ezu36KnzuyKhBPKthioRF0zKo+tPXlDCf4=,tag:aLKGM3Q0whY0ocJ4C98a4w==,type:time]", "2024-05-06T07:08:09Z"),
    ("dtspace:", "ENC[AES256_GCM,data:Xn9DtNq985MoBr0vdiR4ebHT4UJvhA==,iv:ljr8LmgMGPm13q6P10y8bWnApzTgnVXTb50EqXTae0M=,tag:QwMj073nFaWQffgwGYU8Yg==,type:time]", "2001-12-15T02:59:43.1Z"),
    ("sexagesimal:", "ENC[AES256_GCM,data:OJFX2NIWwEI=,iv:6NhMj7lUzWv1aDZoCGnpx+1aezPKkmhx38shJqYeqJY=,tag:CuD0ZexelhLp/ekxb2BeLA==,type:str]", "12:30:45"),
    ("strnum:", "ENC[AES256_GCM,data:vwLK,iv:5MQ13903UztZ8/69ZuATIbHiT1XzqibHfHq/n1b2B38=,tag:0I1dZpRISc6wQEhcvENXFQ==,type:str]", "123"),
    ("strbool:", "ENC[AES256_GCM,data:WrHQtA==,iv:JNLSinp6vRDI2j4L1mr7DSGO+syNXEvgn6J9abuPhhI=,tag:WxjrlSkGWUmSrJvRhEh75g==,type:str]", "true"),
    ("strnull:", "ENC[AES256_GCM,data:oBbWew==,iv:2OfKJlnz9ALO1AQ6sZDbkqMZ8BHFY/M8dQdqlc7ka7g=,tag:ZAhOuCjUAGF0QOdZU1NPrw==,type:str]", "null"),
    ("strdate:", "ENC[AES256_GCM,data:lAysV/ZluROgOw==,iv:7nxMUEmsTr78MlXJwXt6PrtCReCzGBoo9BLfVmq/8Cw=,tag:MFsoV2ZF+dXbe2vW1ttnWw==,type:str]", "2024-01-01"),
    ("multi:", "ENC[AES256_GCM,data:+K9E4AJXrxjv7g47,iv:PsmJOhnbnirc1SmkPCvzqBCP1wKdmOEGJb8926aN5s4=,tag:zeND9IYsXNQ4O8kHcr0wYA==,type:str]", "line1\nline2\n"),
    ("strip:", "ENC[AES256_GCM,data:Hvik,iv:LGCpHCBv8FQZLDZTUbrOD1nB0VGAD8GBZR1QSs7C9BA=,tag:U6Ygx5HVUpNj5anbj7ALcA==,type:str]", "a\nb"),
    ("keep:", "ENC[AES256_GCM,data:CMFn,iv:T9yztN4Hz0aHIWtBpzVRCEoSPpoK9R0h+bVOdBjgGgc=,tag:dyFsjZsNwnUpZfGaiV/qoQ==,type:str]", "a\n\n"),
    ("folded:", "ENC[AES256_GCM,data:ZVeZOKI1CDI=,iv:aGbbGnRKW20AIvkPqWK9wju7edcNuo4ndSbCMUrR9r4=,tag:KLj9+XQ0vN9Bi35OAL2FNQ==,type:str]", "one two\n"),
    ("seq:", "ENC[AES256_GCM,data:ZQ==,iv:ye3+5x5sUPdQaZVIUh7uO0OMsGeH+yUNNdhBI5l9UBw=,tag:0PtSZnM80/c2ioDNxFSUPw==,type:int]", "1"),
    ("seq:", "ENC[AES256_GCM,data:0/To,iv:9Bn0RbB0JLGGef8kzF4kVKseo7wBprREOUNWv0apDM4=,tag:qvW3W4EFHiRpecCzXsmn9A==,type:str]", "two"),
    ("seq:", "ENC[AES256_GCM,data:SA==,iv:o8yJz+4f6ywPdeevUUbt1IWM4aPEwWF+ryNclG2Xs5M=,tag:pIDXqe2ue9Lp2UyKptWOpg==,type:float]", "3.0"),
    ("seq:", "ENC[AES256_GCM,data:FcnQSw==,iv:4Xy6XPApF3oLE84SB9Rn6PCMIrLlhgxrHZZCYTysklI=,tag:dkK5HO8G17O2G9Nys8rqQg==,type:bool]", "true"),
    ("nested:a:b:c:", "ENC[AES256_GCM,data:yA==,iv:4/ZdGUIHEebNEFBMH1WynrzL9QnTGhsFmsBqPfvC8gQ=,tag:Qn5Xzhola3BF18hWKeR4Dg==,type:int]", "1"),
    ("nested:a:b:c:", "ENC[AES256_GCM,data:Kw==,iv:gryRGVq01hKdEGpca//k5ath6CF6bxhvL15IE4jMERQ=,tag:P8ibG+3cAsfL2s5gntySEQ==,type:int]", "2"),
    ("nested:a:b:c:d:", "ENC[AES256_GCM,data:NA==,iv:NTbqFhNeIyjw8lp/AU/9WOcMY3Daz3dSK8KnIHgRChk=,tag:o5YSpQcbnOftMcMatbw06Q==,type:str]", "e"),
];
